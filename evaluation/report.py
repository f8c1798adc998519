"""The report as one page for a browser, in three languages: figures with what they mean, plots, and the
questions that went wrong. Nothing in it is loaded from anywhere, and nothing in it runs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import yaml

from evaluation.kinds import ALL, GROUPED
from evaluation.outcomes import QuestionOutcome

WORST = 50  # questions that are listed
BINS = 10
STYLE = """
:root{color-scheme:light dark}body{font:16px/1.6 system-ui,"Noto Sans CJK JP",sans-serif;max-width:60rem;
margin:2rem auto;padding:0 1rem}h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}
td,th{border-bottom:1px solid #8886;padding:.35rem .6rem;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
small{opacity:.8}figure{margin:1rem 0}svg text{font-size:12px;fill:currentColor}.bad{color:#c62828}
@media(prefers-color-scheme:dark){.bad{color:#ff8a80}}
"""
TEXTS: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "report_texts.yaml").read_text(encoding="utf-8")
)


def page(
    reports: Sequence[tuple[str, Mapping[str, Any], Sequence[QuestionOutcome]]],
    language: str,
    extra: str = "",
) -> str:
    """The page of one run or of several, each with its model's name; `extra` is put under the title."""
    text = TEXTS[language]
    parts = [f"<h1>{escape(text['title'])}: {escape(str(reports[0][1]['set']))}</h1>", extra]
    for name, report, outcomes in reports:
        if len(reports) > 1:
            parts.append(f"<h1>{escape(name)}</h1>")
        parts += [_summary(report, text), _kinds(report, text), _bars(report, text)]
        parts += [_histogram(outcomes, text)]
        parts += [_figures(report, text), _wrong(outcomes, text)]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(text['title'])}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>"
    )


def comparison(compared: Mapping[str, Any], language: str) -> str:
    """Who was right more often, in a sentence and a table."""
    text, right = TEXTS[language], compared["right"]
    first, second = (escape(name) for name in compared["models"])
    p_value = right["p_value"]
    sure = p_value is not None and p_value < 0.05
    rows = [
        (text["both"], right["both"]),
        (text["alone"].format(first), right["first_alone"]),
        (text["alone"].format(second), right["second_alone"]),
        (text["neither"], right["neither"]),
        (text["p_value"], "–" if p_value is None else f"{p_value:.4f}"),
    ]
    cells = "".join(f'<tr><td>{name}</td><td class="n">{value}</td></tr>' for name, value in rows)
    verdict = text["differ" if sure else "same"]
    return f"<h2>{first} / {second}</h2><p>{escape(verdict)}</p><table>{cells}</table>"


def _summary(report: Mapping[str, Any], text: Mapping[str, str]) -> str:
    quotes, refusal = report["quotes"], report["refusal"]
    measured = [
        ("summary_quote", (quotes["contains_answer@1"], quotes["contains_answer@3"])),
        ("summary_verbatim", (quotes["verbatim"],)),
        ("summary_refused", (refusal["refused_when_absent"],)),
    ]
    sentences = [
        text[name].format(*map(_percent, values)) for name, values in measured if None not in values
    ]  # what was not measured is not mentioned
    return f"<p>{' '.join(escape(sentence) for sentence in sentences)}</p>"


def _kinds(report: Mapping[str, Any], text: Mapping[str, str]) -> str:
    """Whole answers, a row for each kind and language: how complete they are beside how long."""
    heads = ("n", "complete", "all_facts", "mean_characters", "refused", "refused_unanswerable", "forbidden")
    tables = ""
    for group in GROUPED:
        if groups := report.get(group):
            head = "".join(f"<th>{escape(text[f'kinds_{name}'])}</th>" for name in (group, *heads))
            rows = "".join(
                f"<tr><td>{escape(text['kinds_all'] if kind == ALL else kind)}</td>"
                + "".join(f'<td class="n">{_figure(figures, name)}</td>' for name in heads)
                + "</tr>"
                for kind, figures in groups.items()
            )
            tables += f"<table><tr>{head}</tr>{rows}</table>"
    if not tables:
        return ""
    return f"<h2>{escape(text['kinds_title'])}</h2><p>{escape(text['kinds_say'])}</p>{tables}"


def _figure(figures: Mapping[str, Any], name: str) -> str:
    value = figures.get(name)
    if value is None or (name == "refused" and figures["complete"] is None):  # rightly refused, all of them
        return "–"
    return f"{value:.2f}" if isinstance(value, float) and value <= 1 else f"{value:.0f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _bars(report: Mapping[str, Any], text: Mapping[str, str]) -> str:
    """Shares from 0 to 1 as bars."""
    rows = [
        (f"{group} {name}", value)
        for group in ("retrieval", "pages", "quotes", "refusal", "answers", "conversations")
        for name, value in report.get(group, {}).items()
        if isinstance(value, int | float) and 0 <= value <= 1
    ]
    height = 24 * len(rows) + 8
    drawn = "".join(
        f'<text x="0" y="{24 * row + 18}">{escape(name)}</text>'
        f'<rect x="260" y="{24 * row + 6}" width="{360 * value:.1f}" height="16" fill="#2e7d32"/>'
        f'<text x="{266 + 360 * value:.1f}" y="{24 * row + 18}">{value:.3f}</text>'
        for row, (name, value) in enumerate(rows)
    )
    return (
        f'<h2>{escape(text["shares"])}</h2><figure><svg role="img" aria-label="{escape(text["shares"])}" '
        f'viewBox="0 0 680 {height}" width="100%">{drawn}</svg></figure>'
    )


def _histogram(outcomes: Sequence[QuestionOutcome], text: Mapping[str, str]) -> str:
    """How sure the evidence was, of questions with an answer and of those without."""
    groups = [
        (
            "#2e7d32",
            text["answerable"],
            [outcome.probability for outcome in outcomes if outcome.question.answerable],
        ),
        (
            "#c62828",
            text["absent"],
            [outcome.probability for outcome in outcomes if not outcome.question.answerable],
        ),
    ]
    drawn, legend = "", ""
    for number, (colour, name, values) in enumerate(groups):
        counts = [0] * BINS
        for value in values:
            counts[min(BINS - 1, max(0, int(value * BINS)))] += 1
        for bin_number, count in enumerate(counts):
            tall = 140 * count / max(1, len(values))
            x = 30 + 62 * bin_number + 26 * number
            drawn += f'<rect x="{x}" y="{150 - tall:.1f}" width="24" height="{tall:.1f}" fill="{colour}"/>'
        legend += (
            f'<rect x="{30 + 320 * number}" y="182" width="12" height="12" fill="{colour}"/>'
            f'<text x="{48 + 320 * number}" y="193">{escape(name)} ({len(values)})</text>'
        )
    axis = "".join(
        f'<text x="{30 + 62 * bin_number}" y="168">{bin_number / BINS:.1f}</text>'
        for bin_number in range(BINS + 1)
    )
    return (
        f'<h2>{escape(text["sure"])}</h2><figure><svg role="img" aria-label="{escape(text["sure"])}" '
        f'viewBox="0 0 680 200" width="100%">{drawn}{axis}{legend}</svg></figure>'
    )


def _figures(report: Mapping[str, Any], text: Mapping[str, str]) -> str:
    rows = "".join(
        f'<tr><td>{escape(f"{group} {name}".strip())}</td><td class="n">'
        f"{'–' if value is None else escape(str(value))}</td></tr>"
        for group, inner in report.items()
        if group != "set" and group not in GROUPED
        for name, value in (inner.items() if isinstance(inner, Mapping) else [("", inner)])
    )
    return f"<h2>{escape(text['figures'])}</h2><table>{rows}</table>"


def _wrong(outcomes: Sequence[QuestionOutcome], text: Mapping[str, str]) -> str:
    wrong = [outcome for outcome in outcomes if not outcome.right]
    if not wrong:
        return f"<h2>{escape(text['wrong'])}</h2><p>{escape(text['none_wrong'])}</p>"
    rows = "".join(
        f"<tr><td>{escape(outcome.question.question)}</td><td>{escape(_why(outcome, text))}</td>"
        f"<td>{escape(outcome.first_quote[:200])}</td></tr>"
        for outcome in wrong[:WORST]
    )
    head = "".join(f"<th>{escape(text[name])}</th>" for name in ("question", "what", "first_quote"))
    count = text["count"].format(len(wrong), len(outcomes))
    return f"<h2>{escape(text['wrong'])}</h2><p>{escape(count)}</p><table><tr>{head}</tr>{rows}</table>"


def _why(outcome: QuestionOutcome, text: Mapping[str, str]) -> str:
    if not outcome.question.answerable:
        return text["why_not_refused"]
    if outcome.refused:
        return text["why_refused"]
    if outcome.rank is None and outcome.question.documents:
        return text["why_not_found"]
    if outcome.carried.forbidden:
        return text["why_forbidden"].format(", ".join(outcome.carried.forbidden))
    if outcome.carried.missing:
        return text["why_incomplete"].format(", ".join(outcome.carried.missing))
    if outcome.question.choices:
        return text["why_choice"].format(outcome.choice or "–", outcome.question.right)
    if outcome.shown and not outcome.answer_right:
        return text["why_answer"]
    return text["why_sentence"]
