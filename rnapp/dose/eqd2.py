"""The same effect in 2 Gy fractions: the linear-quadratic model."""

ALPHA_BETA_GY = 2.0  # late effects in the brain
# Validated up to about this dose per fraction (Brenner 2008); beyond it the model is disputed.
VERIFIED_GY = 10.0


def eqd2(total_gy: float, fractions: int, alpha_beta_gy: float = ALPHA_BETA_GY) -> float:
    """Gy in 2 Gy fractions with the effect of a total dose in equal fractions.

    Raises ValueError without a fraction.
    """
    if fractions < 1:
        raise ValueError(f"Expected at least one fraction, but got {fractions}.")
    return total_gy * (total_gy / fractions + alpha_beta_gy) / (2.0 + alpha_beta_gy)
