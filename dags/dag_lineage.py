"""What a task reads and makes, for OpenLineage: the assets that its DAG file declares. Used with the extra `lineage` only.

Not a DAG file, and not read as one (`.airflowignore`): without the extra it cannot be imported.
"""

from airflow.providers.openlineage.extractors import BaseExtractor, OperatorLineage
from airflow.sdk import Asset
from openlineage.client.event_v2 import Dataset


class AssetsOfTask(BaseExtractor):
    """Takes a task's inlets and outlets as they are: no converter knows assets of ours."""

    @classmethod
    def get_operator_classnames(cls) -> list[str]:
        """Give the class behind `@task`."""
        return ["_PythonDecoratedOperator"]

    def _execute_extraction(self) -> OperatorLineage:
        return OperatorLineage(inputs=_datasets(self.operator.inlets), outputs=_datasets(self.operator.outlets))


def _datasets(assets: list[object]) -> list[Dataset]:
    """`advertentiemonitor://warehouse/core` is the data set `warehouse/core` of our name space."""
    parts = [asset.uri.partition("://") for asset in assets if isinstance(asset, Asset)]
    return [Dataset(namespace=scheme, name=rest.rstrip("/")) for scheme, _, rest in parts]
