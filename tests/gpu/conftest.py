"""The estimator's photos and networks, for the GPU too."""

from tests.estimator.conftest import model_source, test_data, zoo, zoo_estimator

__all__ = ["model_source", "test_data", "zoo", "zoo_estimator"]
