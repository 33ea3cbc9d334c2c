"""The training's tests need torch and SciPy; without them one line says so (test_torch.py) and the rest is left out."""

import importlib.util

if importlib.util.find_spec("torch"):
    from tests.estimator.conftest import model_source, test_data, zoo
    from tests.training.made_up import canvases_folder, pictures_folder, teacher_file

    __all__ = ["canvases_folder", "model_source", "pictures_folder", "teacher_file", "test_data", "zoo"]
else:
    collect_ignore_glob = ["test_[!t]*.py", "test_t[!o]*.py"]
