"""What this software is made of, as a CycloneDX bill of materials on standard output: `make sbom`.

From the lock (versions, hashes, who asks for what) and from what is installed (licences); for this Python on this
machine. The same lock on the same machine gives the same bytes: it holds no time, and its serial number is the lock's.
"""

import hashlib
import json
import sys
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import lock
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from licences import Licences
from packageurl import PackageURL

_ALGORITHMS = {"sha256": HashAlgorithm.SHA_256, "sha384": HashAlgorithm.SHA_384, "sha512": HashAlgorithm.SHA_512}


def bill(project: Mapping[str, Any], content: bytes, pins: Sequence[lock.Pin], licences: Licences) -> str:
    """Give the bill of materials as JSON.

    Args:
        project: the table of that name in pyproject.toml.
        content: the lock as it is on disk, whose digest names the bill.
        pins: what the lock pins here.
        licences: the table of licences.
    """
    serial = uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(content).hexdigest())
    bom = Bom(serial_number=serial)
    ours = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        licenses=[LicenseExpression(project["license"])],
        bom_ref=project["name"],
    )
    bom.metadata.component = ours
    needed = lock.running(pins)
    parts = {pin.name: _part(pin, licences, is_needed=pin.name in needed) for pin in pins}
    for part in parts.values():
        bom.components.add(part)
    bom.register_dependency(ours, [parts[pin.name] for pin in pins if pin.is_ours])
    for asker, component in parts.items():
        bom.register_dependency(component, [parts[pin.name] for pin in pins if asker in pin.via])
    made = json.loads(JsonV1Dot6(bom).output_as_string())
    del made["metadata"]["timestamp"]  # the same lock is the same bill, whenever it is made
    return json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _part(pin: lock.Pin, licences: Licences, *, is_needed: bool) -> Component:
    dist = _installed(pin.name)
    expression = licences.of(dist) if dist else None
    return Component(
        name=pin.name,
        version=str(pin.version),
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", name=pin.name, version=str(pin.version)),
        hashes=[HashType(alg=_ALGORITHMS[algorithm], content=digest) for algorithm, digest in pin.hashes],
        licenses=[LicenseExpression(expression)] if expression else [],
        bom_ref=f"{pin.name}@{pin.version}",
        scope=ComponentScope.REQUIRED if is_needed else ComponentScope.EXCLUDED,  # what tests and tools alone need
    )


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def main() -> None:
    """Print the bill of what this software is made of."""
    path = lock.LOCKS[0]
    project = tomllib.loads((lock.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = [pin for pin in lock.read(path) if pin.counts()]
    sys.stdout.write(bill(project, path.read_bytes(), pins, Licences.read()))


if __name__ == "__main__":
    main()
