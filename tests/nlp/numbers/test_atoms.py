from nlp.numbers.atoms import cut


def test_atoms_keep_original_offsets_through_ignored_characters() -> None:
    text = "x 0️⃣6️⃣ 20"
    atoms = [atom for atom in cut(text, 2, len(text)) if atom.kind == "digit"]
    assert [atom.digits for atom in atoms] == ["06", "20"] or [atom.digits for atom in atoms] == ["0", "6", "20"]
    assert text[atoms[0].start : atoms[-1].end] == "0️⃣6️⃣ 20"


def test_kinds() -> None:
    kinds = [(atom.kind, atom.digits) for atom in cut("+ 06 vier O dubbel en hallo", 0, 27)]
    assert kinds == [
        ("plus", ""),
        ("digit", "06"),
        ("word", "4"),
        ("lookalike", "0"),
        ("double", ""),
        ("filler", ""),
        ("noise", ""),
    ]
