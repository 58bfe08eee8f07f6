#!/usr/bin/env python3
"""Compares what the program says with its Chinese catalogue.

    tools/check_text.py [--src DIR]

Every literal of Say("…"), Translate("…") and ForRecord("…") under src/ needs a pair in src/base/text_zh/*.inc with
the same placeholders. Every pair needs a literal of the code that it translates, in Say or
elsewhere: some sentences reach Translate through a table.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import sys
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parents[1]
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
LITERALS = rf"{LITERAL}(?:\s*{LITERAL})*"
SAID = re.compile(rf"\b(?:Say|Translate|ForRecord)\(\s*({LITERALS})")
PAIR = re.compile(rf"^Pair\{{\s*({LITERALS}),\s*({LITERALS})\}},", re.MULTILINE)
PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def join(literals: str) -> str:
    """What the compiler makes of adjacent literals, still escaped."""
    return "".join(part[1:-1] for part in re.findall(LITERAL, literals))


def placeholders(sentence: str) -> Counter[str]:
    """Their number, not their order: a translation may reorder {0} and {1}, and lose or add none."""
    return Counter(PLACEHOLDER.findall(sentence.replace("{{", "").replace("}}", "")))


def sentences_of(src: pathlib.Path) -> tuple[dict[str, pathlib.Path], set[str]]:
    """What is said, with where, and every literal there is."""
    said: dict[str, pathlib.Path] = {}
    written: set[str] = set()
    for path in sorted(src.rglob("*")):
        if path.suffix not in (".cc", ".h") or path.name.endswith("_test.cc"):
            continue
        code = re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for literals in SAID.findall(code):
            said.setdefault(join(literals), path)
        written.update(join(literals) for literals in re.findall(LITERALS, code))
    return said, written


def pairs_of(folder: pathlib.Path) -> tuple[dict[str, tuple[str, pathlib.Path]], list[str]]:
    pairs: dict[str, tuple[str, pathlib.Path]] = {}
    broken = []
    for path in sorted(folder.glob("*.inc")):
        text = path.read_text(encoding="utf-8")
        found = PAIR.findall(text)
        if len(found) != len(re.findall(r"^\s*Pair\b", text, re.MULTILINE)):
            broken.append(f'{path}: a line that is not Pair{{"english", "chinese"}},')
        for english, chinese in found:
            key = join(english)
            if key in pairs:
                broken.append(f"{path}: also in {pairs[key][1].name}: {key}")
            pairs[key] = (join(chinese), path)
    return pairs, broken


def check(src: pathlib.Path) -> list[str]:
    said, written = sentences_of(src)
    pairs, broken = pairs_of(src / "base/text_zh")
    broken += [f"{path}: no Chinese for: {sentence}" for sentence, path in said.items() if sentence not in pairs]
    for english, (chinese, path) in pairs.items():
        if english not in written:
            broken.append(f"{path}: nobody says: {english}")
        if placeholders(english) != placeholders(chinese):
            broken.append(f"{path}: placeholders differ: {english} / {chinese}")
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--src", type=pathlib.Path, default=ROOT / "src")
    options = parser.parse_args()
    broken = check(options.src)
    print("\n".join(broken) if broken else "text: every sentence has its translation")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
