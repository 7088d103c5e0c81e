import pytest

from advertentiemonitor.errors import BadSetting
from advertentiemonitor.publishing import _theme
from advertentiemonitor.settings import Settings


def test_a_house_style_is_read(tmp_path):
    style = tmp_path / "huisstijl.css"
    style.write_text(":root { --utrecht-link-color: #00573d; }")
    assert _theme(Settings(theme=style)) == style.read_text()
    assert _theme(Settings()) == ""


def test_a_house_style_that_cannot_be_read_is_named(tmp_path):
    binary = tmp_path / "huisstijl.css"
    binary.write_bytes(b"\xff\xfe")
    for path in (tmp_path / "elders.css", tmp_path, binary):
        with pytest.raises(BadSetting, match="ADVERTENTIEMONITOR_THEME"):
            _theme(Settings(theme=path))
