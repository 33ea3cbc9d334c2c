"""Files that nobody wishes us well with: seeded mutations of real ones, polyglots, bombs, broken metadata."""

import gzip
import io
import random
import struct
import zlib

import numpy as np
from PIL import Image

FORMATS = {
    "JPEG": [{}, {"progressive": True}, {"quality": 20, "subsampling": 0}],
    "PNG": [{}, {"mode": "RGBA"}, {"mode": "P"}, {"mode": "I;16"}],
    "WEBP": [{}, {"lossless": True}],
    "TIFF": [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}, {"compression": "jpeg"}],
    "BMP": [{}, {"mode": "P"}],
    "GIF": [{}, {"save_all": True}],
}
SIZE = (64, 48)


def picture(kind, *, mode="RGB", size=SIZE, **options):
    """A well-made file of that format, with metadata where the format has some."""
    pixels = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    image = Image.fromarray(pixels[..., 0].astype(np.uint16) * 256) if mode == "I;16" else image.convert(mode)
    if kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        exif = Image.Exif()
        exif[0x0112] = 6
        options |= {"exif": exif, "icc_profile": bytes(range(200))}
    if options.get("save_all"):
        options["append_images"] = [image.rotate(90), image.rotate(180)]
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _flip(data, rng):
    for _ in range(rng.randint(1, 12)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _head(data, rng):
    for _ in range(rng.randint(1, 6)):
        data[rng.randrange(min(64, len(data)))] = rng.randrange(256)


def _cut(data, rng):
    del data[rng.randint(1, len(data)) :]


def _remove(data, rng):
    start = rng.randrange(len(data))
    del data[start : start + rng.randint(1, 200)]


def _repeat(data, rng):
    start = rng.randrange(len(data))
    data[start:start] = data[start : start + rng.randint(1, 400)] * rng.randint(1, 4)


def _noise(data, rng):
    start = rng.randrange(len(data))
    data[start : start + 40] = rng.randbytes(40)


def _numbers(data, rng):
    """Lengths and offsets are what decoders trust: the largest, the smallest, the sign."""
    start = rng.randrange(max(1, len(data) - 4))
    number = rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF0000])
    data[start : start + 4] = struct.pack(rng.choice("<>") + "I", number)


MUTATIONS = (_flip, _head, _cut, _remove, _repeat, _noise, _numbers)


def mutations(count, seed):
    """(name, bytes) of that many broken files, the same for the same seed."""
    rng = random.Random(seed)
    sources = [(kind, picture(kind, **options)) for kind, variants in FORMATS.items() for options in variants]
    for number in range(count):
        kind, source = sources[number % len(sources)]
        data = bytearray(source)
        for mutate in rng.choices(MUTATIONS, k=rng.randint(1, 3)):
            if data:
                mutate(data, rng)
        yield f"{number:03} {kind}", bytes(data)


def polyglots():
    """Files that are two things at once, or say one and are another."""
    jpeg, png, gif = (picture(kind) for kind in ("JPEG", "PNG", "GIF"))
    script = b"<script>alert(1)</script>"
    return {
        "JPEG then HTML": jpeg + b"<html>" + script,
        "HTML in a JPEG's comment": jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(script) + 2) + script + jpeg[2:],
        "GIF and JavaScript": b"GIF89a=1;alert(1)//" + gif[6:],
        "GIF with a script behind": gif + script,
        "PNG then ZIP": png + b"PK\x03\x04" + b"\0" * 26 + b"evil/../../x" + b"PK\x05\x06" + b"\0" * 18,
        "PDF then JPEG": b"%PDF-1.4\n" + jpeg,
        "PHP behind a JPEG": jpeg + b"<?php system($_GET['c']); ?>",
        "PNG signature and JPEG": png[:8] + jpeg,
        "JPEG start and PNG": jpeg[:4] + png,
        "PNG in a PNG": png[:33] + png[8:],
        "ELF": b"\x7fELF" + png,
        "SVG": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "MVG": b"push graphic-context\nviewbox 0 0 64 48\nimage over 0,0 'https://127.0.0.1/x'\npop graphic-context",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n(%pipe%id) (w) file\n",
        "XPM": b"/* XPM */\nstatic char *x[] = {\n" + b'"64 64 1 1", "a c #fff",\n' * 65 + b"};",
        "gzip of a JPEG": gzip.compress(jpeg),
    }


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, *chunks, depth=8, color=2, interlace=0):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + b"".join([chunk(b"IHDR", header), *chunks, chunk(b"IEND", b"")])


def bombs():
    """Little to send, much to unpack."""
    zeros = zlib.compress(b"\0" * 40_000_000, 9)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 9264))
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 60_000))
    jpeg = picture("JPEG")
    wide = picture("GIF")
    return {
        "PNG of 900 Mpx": png(30_000, 30_000, chunk(b"IDAT", zlib.compress(b"\0" * 1000))),
        "PNG with far more pixels than its header says": png(64, 48, chunk(b"IDAT", zeros)),
        "PNG text of 40 MB": png(64, 48, chunk(b"zTXt", b"a\0\0" + zeros), pixels),
        "PNG profile of 40 MB": png(64, 48, chunk(b"iCCP", b"a\0\0" + zeros), pixels),
        "PNG of a thousand text chunks": png(64, 48, *[text] * 1000, pixels),
        "PNG of a hundred thousand empty chunks": png(64, 48, *[chunk(b"tEXt", b"a\0")] * 100_000),
        "GIF that says 65535 × 65535": wide[:6] + b"\xff\xff\xff\xff" + wide[10:],
        "GIF of 2000 frames": picture("GIF", save_all=True) + b"\x21\xf9\x04\0\0\0\0\0" * 2000,
        "JPEG that says 65500 × 65500": jpeg.replace(struct.pack(">HH", 48, 64), struct.pack(">HH", 65500, 65500)),
        "BMP that says 2³¹ lines": picture("BMP")[:22] + struct.pack("<i", -(2**31)) + picture("BMP")[26:],
        "TIFF whose directory leads to itself": b"II*\0\x08\0\0\0" + b"\0\0" + struct.pack("<I", 8),
        "TIFF of 65535 tags": b"II*\0\x08\0\0\0\xff\xff" + b"\x00\x01\x04\0\xff\xff\xff\xff\xff\xff\xff\xff" * 500,
    }  # fmt: skip


def broken_metadata():
    """Sound pixels with EXIF and ICC that are not."""
    orientation = b"\x12\x01\x03\0\x01\0\0\0"
    exifs = {
        "EXIF of nothing": b"",
        "EXIF cut short": b"Exif\0\0II*\0",
        "EXIF offset far away": b"Exif\0\0II*\0\xff\xff\xff\x7f",
        "EXIF that leads to itself": b"Exif\0\0II*\0\x08\0\0\0\0\0\x08\0\0\0",
        "EXIF orientation 99": b"Exif\0\0II*\0\x08\0\0\0\x01\0" + orientation + b"\x63\0\0\0\0\0\0\0",
        "EXIF orientation as text": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x04\0\0\0abc\0\0\0\0\0",
        "EXIF orientation of many": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\xff\xff\xff\x7f\x08\0\0\0\0\0\0\0",
        "EXIF of 60 kB noise": b"Exif\0\0MM\0*" + random.Random(3).randbytes(60_000),
    }
    plain = picture("JPEG")
    start = plain[:2]
    rest = plain[plain.index(b"\xff\xdb") :]  # from the quantisation tables on: no metadata
    made = {name: start + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + rest for name, exif in exifs.items()}
    for name, parts in {"ICC part 7 of 3": b"\x07\x03", "ICC part 0 of 0": b"\0\0"}.items():
        profile = b"ICC_PROFILE\0" + parts + b"x" * 50
        made[name] = start + b"\xff\xe2" + struct.pack(">H", len(profile) + 2) + profile + rest
    bad_icc = chunk(b"iCCP", b"name\0\0" + b"not zlib")
    made["PNG ICC that is no zlib"] = png(64, 48, bad_icc, chunk(b"IDAT", zlib.compress(b"\0" * 9264)))
    bad_exif = chunk(b"eXIf", b"II*\0\xff\xff\xff\xff")
    made["PNG EXIF far away"] = png(64, 48, bad_exif, chunk(b"IDAT", zlib.compress(b"\0" * 9264)))
    return made
