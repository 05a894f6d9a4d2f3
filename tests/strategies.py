"""Random convolutions: small ones that can be walked, and sizes up to the largest taken."""

from fractions import Fraction

from hypothesis import strategies as st

LARGEST = 10**9

small = st.integers(1, 3)
small_pairs = st.tuples(small, small)
sizes = st.integers(1, LARGEST)
ratios = st.builds(Fraction, sizes, sizes)

GEOMETRY = ("kernel", "size", "stride", "dilation", "padding")


@st.composite
def geometries(draw):
    """Kernel, size, stride, dilation and padding of a convolution small enough to walk."""
    kernel = draw(small_pairs)
    dilation = draw(small_pairs)
    padding = draw(st.one_of(st.sampled_from(["same", "valid"]), st.tuples(*[st.integers(0, 2)] * 2)))
    zeros = padding if isinstance(padding, tuple) else (0, 0)
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    least = [1 if padding == "same" else max(s - 2 * z, 1) for s, z in zip(spans, zeros, strict=True)]
    size = tuple(draw(st.integers(low, max(low, 6))) for low in least)
    return dict(zip(GEOMETRY, (kernel, size, draw(small_pairs), dilation, padding), strict=True))
