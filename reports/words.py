"""Codes into words: sentences of findings, terms and numbers in Chinese or English."""

from __future__ import annotations

import gettext
import math
import re
import string
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from reports.sentences import SENTENCES
from reports.terms import TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.findings import Finding

LANGUAGES = ("en", "zh")
LOCALE = Path(__file__).parent / "locale"

#: What stands where a number is not known; never a zero.
UNKNOWN = "–"

#: Labels by id, each by language code.
Labels: TypeAlias = "Mapping[str, Mapping[str, str]]"

_OPTIONAL = re.compile(r"\[([^\[\]]*\{[^\[\]]*)\]")
_SPACE_IN_CHINESE = re.compile(
    r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef”]) (?=[\u4e00-\u9fff])"
)
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
#: Parameters that hold the code of a term, with the family the term belongs to.
_TERM_PARAMS = {
    "confidence": ("confidence",),
    "span": ("span",),
    "layer": ("layer",),
    "kind": ("kind",),
    "expected": ("sort", "kind"),
    "level": ("level",),
    "slip": ("slip",),
    "states": ("observation",),
    "qualities": ("quality",),
}
#: Parameters that hold a share of one and are read as a percentage.
_SHARES = frozenset({"coverage", "least", "share"})
#: Parameters that are numbers of things, not amounts: no grouping.
_NUMBERS = frozenset({"id", "seq", "row", "ticket", "observation", "by", "last", "other"})
#: What a value begins with that is shown as it stands in a TOML file.
_LITERAL = ('"', "[", "{")
#: Parameter that stands in for one that was not given.
STANDS_IN = {"what": "where", "process": "where", "allowed": "names", "day": "text", "seq": "where"}
#: A value with its own standard deviation: both are shown to the same digit.
_SPREAD = "{value}[ ± {sigma}]"
#: What the face fills in: the command or the key that leads to what a sentence asks for.
_WAY = "way_"
FACES = ("command", "screen")
#: Parameters whose value may choose a sentence of its own, `code/value`.
_VARIANTS = ("problem", "field")


def fields(template: str) -> tuple[frozenset[str], frozenset[str]]:
    """Parameters a template needs, and those it only shows where they are given."""
    optional = {name for part in _OPTIONAL.findall(template) for name in _names(part)}
    needed = {name for name in _names(_OPTIONAL.sub("", template)) if not name.startswith(_WAY)}
    return frozenset(needed), frozenset(optional - needed)


def _names(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]


class Words:
    """The words of one language.

    Args:
        language: One of `LANGUAGES`.
        face: One of `FACES`: whether a sentence names commands or keys of the application.

    Raises:
        ValueError: If the language is not one of `LANGUAGES`.
    """

    def __init__(self, language: str, face: str = FACES[0]) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"language {language!r} is none of {', '.join(LANGUAGES)}")
        self.language = language
        self.face = face
        self._catalog: gettext.NullTranslations = (
            gettext.NullTranslations()
            if language == "en"
            else gettext.translation("parkflow", str(LOCALE), [language])
        )

    def sentence(self, code: str) -> str:
        """Template of a finding; an unknown code has the code itself for a sentence."""
        if code not in SENTENCES:
            return code
        return self._catalog.pgettext(f"finding.{code}", SENTENCES[code])

    def term(self, code: str) -> str:
        """Word for a code; an unknown code stands for itself."""
        if code not in TERMS:
            return code
        return self._catalog.pgettext(f"term.{code}", TERMS[code])

    def text(self, code: str, **params: object) -> str:
        """A term with parameters, filled in like those of a finding."""
        return _fill(self.term(code), {k: self._shown(k, v, {}) for k, v in params.items()})

    def label(self, names: Mapping[str, str] | None, id_: str) -> str:
        """Name in this language, else the id."""
        return (names or {}).get(self.language) or id_

    def say(self, finding: Finding, labels: Labels | None = None) -> str:
        """The finding as a sentence: where, what, and what to do.

        Args:
            finding: What to say.
            labels: Names by id; a parameter that is one of the ids is shown as `name (id)`.
        """
        variants = (f"{finding.code}/{finding.params.get(key)}" for key in _VARIANTS)
        code = next((variant for variant in variants if variant in SENTENCES), finding.code)
        template = self.sentence(code)
        given = {"where": finding.where, **finding.params}
        given |= {
            key: given[other]
            for key, other in STANDS_IN.items()
            if key not in given and other in given
        }
        shown = {key: self._shown(key, value, labels or {}) for key, value in given.items()}
        value, sigma = given.get("value"), given.get("sigma")
        if isinstance(value, float) and isinstance(sigma, float) and _SPREAD in template:
            shown["value"], shown["sigma"] = self.rounded(value, sigma)
        shown |= {
            key: self.term(f"{key}-{self.face}".replace("_", "-"))
            for key in _names(template)
            if key.startswith(_WAY)
        }
        needed, optional = fields(template)
        others = (needed | optional) - {"where"}
        if "where" in optional and finding.where in {str(given.get(key)) for key in others}:
            shown["where"] = ""
        place = self._place(finding)
        told = needed | optional | {STANDS_IN.get(key) for key in needed | optional}
        if finding.where and "where" not in told and not self._repeats(finding):
            place.append(shown["where"])
        place_text = self.term("place-joint").join(place)
        said = (place_text + self.term("place-end") if place else "") + _fill(template, shown)
        return _SPACE_IN_CHINESE.sub("", said) if self.language == "zh" else said

    def _place(self, finding: Finding) -> list[str]:
        place = [finding.file] if finding.file else []
        if finding.row is not None:
            place.append(self.term("place-row").format(row=finding.row))
        if finding.column.startswith("--"):  # typed at the prompt
            place.append(finding.column)
        elif finding.column:
            place.append(self.term("place-column").format(column=finding.column))
        return place

    @staticmethod
    def _repeats(finding: Finding) -> bool:
        """Whether `where` only repeats a parameter or the column."""
        return finding.where in {finding.column, *map(str, finding.params.values())}

    def _shown(self, key: str, value: object, labels: Labels) -> str:
        if isinstance(value, bool):
            return self.term("yes" if value else "no")
        if isinstance(value, (int, float)) and key not in _NUMBERS:
            return self.percent(value) if key in _SHARES else self.number(value)
        if key in _NUMBERS and value == 0:  # what is counted from 1 is not there
            return ""
        if value is None or not isinstance(value, str):
            return "" if value is None else str(value)
        if value[:1] in _LITERAL:
            return value
        families = _TERM_PARAMS.get(key, ())
        return self._coded(families, value) or self.term("list-joint").join(
            self._coded(families, part) or self._named(part, labels) for part in value.split(", ")
        )

    def _coded(self, families: tuple[str, ...], code: str) -> str:
        """The term that a code stands for in the first family that has it, or ""."""
        known = (f"{family}-{code}" for family in families)
        return next((self.term(term) for term in known if term in TERMS), "")

    def _named(self, id_: str, labels: Labels) -> str:
        name = labels.get(id_, {}).get(self.language)
        return self.term("label-with-id").format(label=name, id=id_) if name else id_

    def number(self, value: float | None, sigma: float | None = None) -> str:
        """A number with thousands grouped: `1,623.4`, or `1,623.4 ± 1.2`.

        With a sigma both show the digits of its first two significant ones; without, five
        significant digits, and never fewer than stand before the decimal point.
        """
        if value is None or math.isnan(value):
            return UNKNOWN
        shown, spread = self.rounded(value, sigma)
        return f"{shown} ± {spread}" if spread else shown

    def rounded(self, value: float, sigma: float | None) -> tuple[str, str]:
        """Value and sigma as two texts with the same decimals; sigma is "" where there is none."""
        if sigma is None or not math.isfinite(sigma) or sigma < 0.0:
            return _plain(value), ""
        if sigma == 0.0:
            return _plain(value), "0"
        if not math.isfinite(value):
            return _plain(value), _plain(sigma)
        decimals = 1 - math.floor(math.log10(sigma))
        decimals = 1 - math.floor(math.log10(round(sigma, decimals)))
        if decimals > 6:
            return _plain(value), _plain(sigma)
        return _fixed(value, decimals), _fixed(sigma, decimals)

    def percent(self, share: float | None) -> str:
        """A share of one as a percentage: 0.935 is `93.5 %`."""
        if share is None or math.isnan(share):
            return UNKNOWN
        shown = f"{100 * share:.1f}".removesuffix(".0")
        if shown == "100" and share < 1.0:
            shown = "99.9"
        return f"{shown} %"


class _Shown(dict[str, str]):
    """Parameters as text; a missing one shows as an ellipsis and never stops the sentence."""

    def __missing__(self, key: str) -> str:
        return "…"


def _fill(template: str, shown: Mapping[str, str]) -> str:
    """The template with its parameters; optional parts that lack one are left out."""

    def part(match: re.Match[str]) -> str:
        return match[1] if all(shown.get(name) for name in _names(match[1])) else ""

    return _OPTIONAL.sub(part, template).format_map(_Shown(shown))


def _fixed(value: float, decimals: int) -> str:
    rounded = round(value, decimals) + 0.0
    return f"{rounded:,.{max(decimals, 0)}f}".replace("-", "−")


def _plain(value: float) -> str:
    """Five significant digits without trailing zeros; very small ones as a power of ten."""
    if not math.isfinite(value):
        return "∞" if value > 0 else ("−∞" if value < 0 else UNKNOWN)
    if value == 0.0:
        return "0"
    power = math.floor(math.log10(abs(value)))
    if power < -4:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa.replace('-', '−')}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    text = _fixed(value, max(4 - power, 0))
    return text.rstrip("0").rstrip(".") if "." in text else text
