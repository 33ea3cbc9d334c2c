"""What the database itself saw: triggers write down each end of a job and each result, whoever brought it about."""

from collections import Counter

from django.db import connection

SEEN = "CREATE TABLE chaos_seen (what varchar(10), job varchar(36))"
SQLITE = """
CREATE TRIGGER chaos_end AFTER UPDATE OF status ON poseweb_job
WHEN NEW.status IN ('succeeded', 'failed', 'cancelled')
BEGIN INSERT INTO chaos_seen VALUES ('end', NEW.id); END;
CREATE TRIGGER chaos_result AFTER INSERT ON poseweb_result
BEGIN INSERT INTO chaos_seen VALUES ('result', NEW.job_id); END;
"""
POSTGRESQL = """
CREATE FUNCTION chaos_end() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO chaos_seen VALUES ('end', NEW.id::text); RETURN NEW; END $$;
CREATE FUNCTION chaos_result() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO chaos_seen VALUES ('result', NEW.job_id::text); RETURN NEW; END $$;
CREATE TRIGGER chaos_end AFTER UPDATE OF status ON poseweb_job FOR EACH ROW
WHEN (NEW.status IN ('succeeded', 'failed', 'cancelled')) EXECUTE FUNCTION chaos_end();
CREATE TRIGGER chaos_result AFTER INSERT ON poseweb_result FOR EACH ROW EXECUTE FUNCTION chaos_result();
"""


def watch():
    _run(SEEN + ";" + (POSTGRESQL if connection.vendor == "postgresql" else SQLITE))


def look_away():
    tables = {"chaos_end": "poseweb_job", "chaos_result": "poseweb_result"}
    for trigger, table in tables.items():
        _run(f"DROP TRIGGER {trigger} ON {table}; DROP FUNCTION {trigger}" if connection.vendor == "postgresql"
             else f"DROP TRIGGER {trigger}")  # fmt: skip
    _run("DROP TABLE chaos_seen")


def doubled():
    """How many jobs came to more than one end, or to more than one result."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT what, job FROM chaos_seen")
        return sum(count > 1 for count in Counter(cursor.fetchall()).values())


def _run(statements):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(statements)
        else:
            cursor.executescript(statements)
