"""Unicode mathematics as ASCII LaTeX, before anything is read."""

import re
import unicodedata

_UNICODE = str.maketrans(
    {
        "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ",
        "∙": r"\cdot ",
        "÷": r"\div ", "≤": r"\le ", "⩽": r"\le ", "≦": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≧": r"\ge ", "≠": r"\ne ",
        "≈": r"\approx ", "π": r"\pi ", "∞": r"\infty ", "√": r"\sqrt ", "∛": r"\sqrt[3]",
        "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ",
        "±": r"\pm ", "∓": r"\mp ", "°": r"^\circ ", "º": r"^\circ ", "∠": r"\angle ", "∅": r"\emptyset ", "…": "...",
        "⋯": "...", "′": "'", "’": "'", "‘": "'", "“": '"', "”": '"', "₋": "_{-}", "∖": r"\setminus ",
        "ℝ": r"\mathbb{R}",
        "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "ℚ": r"\mathbb{Q}", "ℂ": r"\mathbb{C}", "≡": r"\equiv ",
        "⌊": r"\lfloor ",
        "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "∣": "|", "∧": r"\land ", "∨": r"\lor ", "→": "->",
        "\xa0": " ", "¢": " cents ", "元": " yuan ",
        "，": ", ", "；": ";", "：": ":", "（": "(", "）": ")", "。": ".", "、": ",",
        **{char: rf"\{name} " for name, char in (
            ("alpha", "α"), ("beta", "β"), ("gamma", "γ"), ("delta", "δ"), ("theta", "θ"), ("lambda", "λ"), ("mu", "μ"),
            ("rho", "ρ"), ("sigma", "σ"), ("tau", "τ"), ("phi", "φ"), ("omega", "ω"), ("Delta", "Δ"), ("Omega", "Ω"),
            ("epsilon", "ε"), ("Phi", "Φ"), ("psi", "ψ"), ("Sigma", "Σ"), ("Gamma", "Γ"),
        )},
        **{char: f"^{{{digit}}}" for digit, char in zip("0123456789n-", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ⁻", strict=True)},
        **{char: f"_{{{digit}}}" for digit, char in enumerate("₀₁₂₃₄₅₆₇₈₉")},
        **{char: rf" \frac{{{a}}}{{{b}}}" for char, a, b in (
            ("½", 1, 2), ("⅓", 1, 3), ("⅔", 2, 3), ("¼", 1, 4), ("¾", 3, 4), ("⅕", 1, 5), ("⅖", 2, 5), ("⅗", 3, 5),
            ("⅘", 4, 5), ("⅙", 1, 6), ("⅚", 5, 6), ("⅛", 1, 8), ("⅜", 3, 8), ("⅝", 5, 8), ("⅞", 7, 8),
        )},
    }
)  # fmt: skip
_RING = re.compile(r"[①-⑳]")
_RINGED = re.compile(r"[①-⑳](?:[\s,;、，；]{0,4}(?:(?:and\b|和)\s?)?[①-⑳])*")
"""Statements by their ringed numbers: ①③ is a list, not 13."""
_SUPERSCRIPT_RUN = re.compile(r"\}\^\{(?=[0-9n-])")


def fold(text: str) -> str:
    """Unicode mathematics as ASCII LaTeX; look-alike digits and letters become the plain ones. ASCII passes through."""
    if text.isascii():
        return text
    text = _RINGED.sub(lambda run: ", ".join(f"({ord(ring) - ord('①') + 1})" for ring in _RING.findall(run[0])), text)
    if any(char in text for char in "⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ⁻"):
        folded = text.translate(_UNICODE)
        folded = _SUPERSCRIPT_RUN.sub("", folded)
    else:
        folded = text.translate(_UNICODE)
    return folded if folded.isascii() else unicodedata.normalize("NFKC", folded)
