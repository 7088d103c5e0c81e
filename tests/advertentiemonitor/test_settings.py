"""A setting that cannot be used is named in one sentence, which does not repeat it, and told as wrong use."""

import os
import subprocess
import sys
from datetime import date

import pytest

from advertentiemonitor.errors import BadSetting
from advertentiemonitor.settings import Settings

LISTS = ("RECIPIENTS", "OUTREACH_RECIPIENTS", "OPERATOR_RECIPIENTS")
PATHS = ("STATE", "BACKUPS", "THEME", "METRICS", "LINEAGE", "SMTP_PASSWORD_FILE", "SMTP_CA_FILE")
BAD = [
    *((name, value, "it is a JSON list") for name in LISTS for value in ("{}", "[1]", '"a@b.example"', "a@b.example")),
    *((name, '["a"]', "name@domain") for name in LISTS),
    *((name, '["a@gemeente.example", "b@@gemeente.example"]', "name@domain") for name in LISTS),
    ("SENDER", "x", "name@domain"),
    *((name, "~nouser/x", "no user of the name") for name in PATHS),
    ("KEYS", "command:'", "as in a shell"),
    ("KEYS", "kluis", "`environment`"),
    ("MARKET_TODAY", "9999-12-31", "less than 2999-01-01"),
    ("MARKET_TODAY", "2025-12-31", "2026-01-05"),
]


@pytest.mark.parametrize(("name", "value", "told"), BAD)
def test_what_cannot_be_used_is_named(monkeypatch, name, value, told):
    monkeypatch.setenv(f"ADVERTENTIEMONITOR_{name}", value)
    with pytest.raises(BadSetting, match=f"^The setting ADVERTENTIEMONITOR_{name} cannot be used: ") as caught:
        Settings()
    assert told in str(caught.value)
    assert len(value) == 1 or value not in str(caught.value)
    assert caught.value.exit_code == 2


def test_what_can_be_used_is_taken(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    given = Settings(
        recipients=["a@gemeente.example"], operator_recipients=(), keys="command:kluis 'een map'", backups="kept"
    )
    assert given.recipients == ("a@gemeente.example",)
    assert (given.root, given.backup_folder) == (tmp_path / "state", tmp_path / "kept")
    assert Settings(market_today="2026-01-05").market_today == date(2026, 1, 5)


def test_looking_at_them_imports_nothing_heavy():
    """Airflow reads the settings wherever it reads a DAG; `tests/dags` looks without any set."""
    given = {
        "RECIPIENTS": '["a@gemeente.example"]',
        "SENDER": "b@gemeente.example",
        "KEYS": "command:kluis",
        "STATE": "~",
    }
    environment = os.environ | {f"ADVERTENTIEMONITOR_{name}": value for name, value in given.items()}
    told = "import sys; from advertentiemonitor.settings import Settings; Settings(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True)
    heavy = {
        "advertentiemonitor.stages",
        "jinja2",
        "numpy",
        "psycopg",
        "s3fs",
        "scipy",
        "scrapy",
        "spacy",
        "warehouse.db",
    }
    assert not heavy & set(done.stdout.split())
