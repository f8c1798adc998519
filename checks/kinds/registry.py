"""The closed list of kinds: what may stand behind `kind:` in a pack."""

from __future__ import annotations

from checks.kinds.approval import ApprovalRule
from checks.kinds.field import FieldRule
from checks.kinds.filename import FilenameRule
from checks.kinds.header_footer import HeaderFooterRule
from checks.kinds.judged import JudgedRule
from checks.kinds.layout import LayoutRule
from checks.kinds.marking import MarkingRule
from checks.kinds.numbering import NumberingRule
from checks.kinds.pattern import PatternRule
from checks.kinds.reference import ReferenceRule
from checks.kinds.structure import StructureRule
from checks.kinds.style.brackets import BracketsRule
from checks.kinds.style.characters import CharactersRule
from checks.kinds.style.date import DateRule
from checks.kinds.style.grammar import GrammarRule
from checks.kinds.style.numbers import NumbersRule
from checks.kinds.style.punctuation import PunctuationRule
from checks.kinds.style.register import RegisterRule
from checks.kinds.style.sentence import SentenceRule
from checks.kinds.style.spacing import SpacingRule
from checks.kinds.style.width import WidthRule
from checks.kinds.table import TableRule
from checks.kinds.terms import TermsRule
from checks.kinds.whole.alt_text import AltTextRule
from checks.kinds.whole.calculation import CalculationRule
from checks.kinds.whole.condition import ConditionRule
from checks.kinds.whole.contents import ContentsRule
from checks.kinds.whole.definition import DefinitionRule
from checks.kinds.whole.final import FinalRule
from checks.kinds.whole.pages import PagesRule
from checks.kinds.whole.pdfa import PdfaRule
from checks.rules import Rule

_MODELS: tuple[type[Rule], ...] = (
    TermsRule, PatternRule, BracketsRule, CharactersRule, DateRule, GrammarRule, NumbersRule, PunctuationRule,
    RegisterRule, SentenceRule, SpacingRule, WidthRule, StructureRule,
    NumberingRule, TableRule, FieldRule, LayoutRule, HeaderFooterRule, MarkingRule, ApprovalRule,
    ReferenceRule,
    FilenameRule, JudgedRule, CalculationRule, ContentsRule, PagesRule, ConditionRule, DefinitionRule,
    AltTextRule, FinalRule, PdfaRule,
)  # fmt: skip

KINDS: dict[str, type[Rule]] = {str(model.model_fields["kind"].default): model for model in _MODELS}
KINDS["judge"] = JudgedRule
