"""Whether the image networks moved an answer enough for their map to be shown. Below that a map would show noise."""

from rnapp.types import Answer, Caution, note

# Of the image networks' effect, log-odds: 2.5 points of a probability at most. Where it comes from:
# docs/trust_explanations.md.
LEAST_EFFECT = 0.1
WEAK = "image_networks_weak"


def imaging_effect(answer: Answer) -> float | None:
    """What the image networks did to the answer, log-odds as it is shown; None where that is not known, as for a model
    of networks alone."""
    found = [one.effect for one in answer.contributions if one.group == "imaging"]
    return sum(found) if found else None


def too_weak(answer: Answer) -> bool:
    """Whether a map of this answer must not be drawn."""
    effect = imaging_effect(answer)
    # Written so that an effect that is not a number is too weak.
    return answer.attention is not None and effect is not None and not abs(effect) >= LEAST_EFFECT


def weak(answer: Answer) -> tuple[Caution, ...]:
    """What is said instead of the map."""
    return (note(WEAK, sentence(answer)),) if too_weak(answer) else ()


def sentence(answer: Answer) -> str:
    """Of an answer that is too weak for a map."""
    effect = f"{imaging_effect(answer) or 0.0:+.2f}".replace("-", "−")
    return (f"The image networks moved this answer by only {effect} (log-odds; less than {LEAST_EFFECT:g}), so no map "
            "of them is drawn.")
