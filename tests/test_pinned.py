"""Laws of pinned text: the same on every Python, so that the numbers of lessons 05 and 11 are."""

import re
import sys
import unicodedata

import pytest

from attncourse.data import character_names, docstrings
from attncourse.pinned import code_points, digest, docstrings_by_module, listed_docstrings
from tests.lessons.page import ROOT, read_cells

DIGEST_OF_DOCSTRINGS, DIGEST_OF_NAMES = "dce9a2a714", "4ba9be1ced"


def test_every_docstring_that_is_listed_is_found():
    found = [digest(text) for texts in docstrings_by_module().values() for text in texts]
    assert found == list(listed_docstrings())


def test_the_text_is_the_one_that_the_lessons_numbers_belong_to():
    assert digest("\n\n".join(docstrings())) == DIGEST_OF_DOCSTRINGS
    assert digest("\n".join(character_names())) == DIGEST_OF_NAMES


def test_no_module_is_listed_that_an_installation_may_lack():
    packages = {module.split("/")[0] for module in docstrings_by_module()}
    assert packages.isdisjoint({"test", "idlelib", "tkinter", "distutils", "lib2to3"})


def test_code_points_rise_and_have_names():
    codes = list(code_points())
    assert codes == sorted(set(codes))
    assert all(unicodedata.name(chr(code)) for code in codes)


@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="lists Unicode 14")
def test_code_points_leave_out_only_what_rules_name():
    left_out = set(range(sys.maxunicode + 1)) - set(code_points())
    names = {unicodedata.name(chr(code), "") for code in left_out} - {""}
    assert all(name.startswith(("CJK ", "HANGUL SYLLABLE ")) for name in names)


def test_only_these_lessons_print_numbers_that_depend_on_pinned_text():
    readers = re.compile(r"docstrings\(|character_names\(|split_modules\(|split_scripts\(")
    lessons = sorted((ROOT / "notebooks").glob("*.ipynb"))
    found = [p.stem for p in lessons if any(readers.search(c.source) for c in read_cells(p))]
    assert found == ["05_tokens", "11_gpt_and_bert"]
