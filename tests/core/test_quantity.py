"""What people type becomes an exact number, or one line that says what was expected."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import checked_pair, checked_ratio, checked_whole, pair, ratio, whole
from sepcost.core.scaled import byte_limit, checked_duration, duration, limit
from tests.strategies import LARGEST, ratios, sizes

TOO_MANY_DIGITS = 10**5000
NO_NUMBER = ["", " ", "five", "nan", "NaN", "inf", "Infinity", "-1", "+5", " 5", "5 ", "5\n", "1_000"]
NO_NUMBER += ["1,000", "٣", "²", "½", "0x10", "1e3", "5.", ".5", "--", "None", "__import__('os')", "9" * 5000]


def refused(read, given_value) -> str:
    with pytest.raises(QuantityError) as caught:
        read(given_value)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 160
    return message


@pytest.mark.parametrize("text", [*NO_NUMBER, "0", "1.0", "9/4", "1000000001"], ids=lambda text: text[:20])
def test_a_whole_number_is_refused_unless_plain_digits_from_1_to_a_billion(text):
    assert "is not a whole number from 1 to 1000000000" in refused(whole, text)


@pytest.mark.parametrize("text", [*NO_NUMBER, "0", "0.0", "0/4", "4/0", "9/4/2", "9/-4", "2.5/2"], ids=repr)
def test_a_ratio_is_refused_unless_above_0_and_exact(text):
    refused(ratio, text)


@pytest.mark.parametrize("text", [*NO_NUMBER, "x", "3x", "x3", "3x3x3", "3X3", "3×3", "0x3", "3x0"], ids=repr)
def test_rows_and_columns_are_refused_unless_one_number_or_two(text):
    refused(pair, text)


@pytest.mark.parametrize("text", [*NO_NUMBER, "0", "0.0M", "600 M", "M", "1/2", "0.0001k", "1.5"], ids=repr)
def test_a_limit_is_refused_unless_whole_after_scaling(text):
    refused(limit, text)


@pytest.mark.parametrize("text", ["600m", "600K", "600g", "600MB", "600Mi", "600P"])
def test_a_limit_in_an_unknown_unit_is_refused_with_the_known_ones(text):
    assert "the units are k, M, G and T" in refused(limit, text)


def test_a_share_is_told_from_the_amount_that_is_wanted():
    assert refused(limit, "70%") == "'70%' is a share: give the number itself, such as 600000, 600k or 4.3M"


@pytest.mark.parametrize("text", [*NO_NUMBER, "0", "0Ki", "1.0001Ki", "320 Ki", "Ki"], ids=repr)
def test_a_size_is_refused_unless_whole_bytes(text):
    assert "is not a" in refused(byte_limit, text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("320ki", "320Ki"),
        ("320KI", "320Ki"),
        ("320kib", "320Ki"),
        ("320K", "320k or 320Ki"),
        ("320KB", "320k or 320Ki"),
        ("1.5m", "1.5M or 1.5Mi"),
        ("320b", "320B"),
        ("320Ti", None),
        ("320P", None),
        ("0K", None),
        ("1.00001K", None),
    ],
)
def test_a_size_in_an_unknown_unit_is_refused_with_the_known_ones_and_the_one_that_is_meant(text, meant):
    hint = f"; did you mean {meant}?" if meant else ""
    assert refused(byte_limit, text).endswith(
        f"has no known unit; the units are k, M, G, T, Ki, Mi and Gi, with or without a B{hint}"
    )


@pytest.mark.parametrize(
    ("read", "text", "mend"),
    [
        (limit, "1_000", "1000 or 1k"),
        (limit, "50,000,000", "50000000 or 50M"),
        (limit, "5e7", "50000000 or 50M"),
        (limit, "1.5E3", "1500"),
        (limit, "1 000 000", "1000000 or 1M"),
        (limit, "600 M", "600M"),
        (limit, "3.35TB/s", "3.35T"),
        (limit, "495TMAC/s", "495T"),
        (limit, "569 MMACs", "569M"),
        (byte_limit, "320 KiB", "320KiB"),
        (byte_limit, "320 KB", "320k or 320Ki"),
        (duration, "5 ms", "5ms"),
        (duration, "20µs", "20us"),
        (duration, "1,000.5 us", "1000.5us"),
        (whole, "1_000", "1000"),
        (whole, "5e7", "50000000"),
    ],
)
def test_a_number_that_people_write_in_another_way_is_refused_with_the_way_that_is_read(read, text, mend):
    assert refused(read, text).endswith(f": write {mend}")


@pytest.mark.parametrize("text", ["495TFLOPS", "990 Tflop/s", "3GFLOPs", "3FLOP"])
def test_flops_are_not_taken_for_macs(text):
    assert refused(limit, text).endswith("is in FLOPs: give MACs, half as many, such as 600000, 600k or 4.3M")


@pytest.mark.parametrize("text", ["0e3", "5e-3", "1e30", "1,5M", "1,00", "1__000", "e7", "2e9", "9" * 21])
def test_what_would_not_be_read_either_is_no_mend(text):
    assert "write" not in refused(whole, text)


@pytest.mark.parametrize("read", [whole, limit, byte_limit, duration], ids=lambda read: read.__name__)
@given(
    text=st.from_regex(r"[0-9]{1,4}[,_ .]?[0-9]{0,3}([eE][0-9]{1,2})? ?[kKmMGiBbusn]{0,3}", fullmatch=True)
)
def test_every_mend_is_read(read, text):
    try:
        read(text)
    except QuantityError as error:
        _, _, meant = str(error).rpartition("write " if "write" in str(error) else "did you mean ")
        if meant != str(error):
            assert all(read(each) > 0 for each in meant.rstrip("?").split(" or "))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("320k", 320_000),
        ("320Ki", 320 * 1024),
        ("1.5Mi", 3 * 2**19),
        ("2Gi", 2**31),
        ("1T", 10**12),
        ("320KiB", 320 * 1024),
        ("1.5MiB", 3 * 2**19),
        ("320kB", 320_000),
        ("80GB", 80 * 10**9),
        ("512B", 512),
    ],
)
def test_a_size_is_scaled_by_powers_of_1000_or_of_1024_exactly(text, number):
    assert byte_limit(text) == number


@pytest.mark.parametrize("text", [*NO_NUMBER, "0", "0ms", "5", "5 ms", "5m", "5S", "5min", "ms"], ids=repr)
def test_a_time_is_refused_unless_above_0_and_in_a_known_unit(text):
    assert "is not a" in refused(duration, text) or "the units are s, ms, us, ns" in refused(duration, text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5ms", Fraction(5, 1000)),
        ("1.5s", Fraction(3, 2)),
        ("20us", Fraction(1, 50_000)),
        ("1ns", Fraction(1, 10**9)),
    ],
)
def test_a_time_is_exact_seconds(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("value", [0, -1, -0.005, True, None, "5ms"], ids=repr)
def test_a_value_that_is_no_exact_time_is_refused(value):
    assert "is not a time above 0" in refused(checked_duration, value)


@pytest.mark.parametrize(
    "read", [whole, pair, ratio, limit, byte_limit, duration], ids=lambda read: read.__name__
)
@given(text=st.text() | st.from_regex(r"[0-9xkMGT./ _+-]{0,70}", fullmatch=True))
def test_whatever_is_typed_is_a_positive_number_or_one_printable_line(read, text):
    try:
        number = read(text)
    except QuantityError:
        refused(read, text)
    else:
        assert all(part > 0 for part in (number if read is pair else [number]))


@given(sizes)
def test_a_whole_number_reads_back_as_written(number):
    assert whole(str(number)) == number == checked_whole(number)


@given(sizes, sizes)
def test_rows_and_columns_read_back_as_written(rows, columns):
    assert pair(f"{rows}x{columns}") == (rows, columns) == checked_pair([rows, columns])
    assert pair(str(rows)) == (rows, rows) == checked_pair(rows)


@given(ratios)
def test_a_ratio_reads_back_as_written(exact):
    assert ratio(str(exact)) == exact == checked_ratio(exact) == checked_ratio(str(exact))


@given(st.integers(1, 10**9 - 1).map(str), st.integers(1, 9))
def test_a_decimal_is_the_fraction_that_it_writes(digits, places):
    digits = digits.rjust(places + 1, "0")
    decimal = f"{digits[:-places]}.{digits[-places:]}"
    assert ratio(decimal) == Fraction(int(digits), 10**places) == Fraction(decimal)


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("4", Fraction(4)),
        ("9/4", Fraction(9, 4)),
        ("18/8", Fraction(9, 4)),
        ("2.25", Fraction(225, 100)),
        ("0.1", Fraction(1, 10)),
        ("2000000000/2", Fraction(10**9)),
    ],
)
def test_a_ratio_is_exact_and_in_lowest_terms(text, exact):
    assert ratio(text) == exact


@pytest.mark.parametrize(
    "text", ["1000000001", "1/1000000001", "1000000001/1000000000", "0.0000000001"], ids=repr
)
def test_a_ratio_with_a_part_above_a_billion_is_refused(text):
    assert "at most 10^9" in refused(ratio, text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("600000", 600_000),
        ("600k", 600 * 10**3),
        ("4.3M", 43 * 10**5),
        ("0.5G", 5 * 10**8),
        ("495T", 495 * 10**12),
        ("0.001k", 1),
        ("123456789.123456789G", 123456789123456789),
        ("9007199254740993", 2**53 + 1),
    ],
)
def test_a_limit_is_scaled_by_powers_of_1000_exactly(text, number):
    assert limit(text) == number


@pytest.mark.parametrize("value", [0, -1, LARGEST + 1, 1.0, True, None, "5", Fraction(5)], ids=repr)
def test_a_value_that_is_no_whole_number_is_refused(value):
    refused(checked_whole, value)


def test_the_least_whole_number_is_what_was_asked_for():
    assert checked_whole(0, least=0) == whole("0", least=0) == 0
    assert "from 0 to" in refused(lambda value: checked_whole(value, least=0), -1)
    assert pair("0x2", least=0) == checked_pair((0, 2), least=0) == (0, 2)
    assert pair("2x0", least=0) == checked_pair((2, 0), least=0) == (2, 0)


@pytest.mark.parametrize("value", [(), (3,), (3, 3, 3), (3, 0), (3.0, 3), "3x3", None], ids=repr)
def test_a_value_that_is_no_pair_is_refused(value):
    refused(checked_pair, value)


@pytest.mark.parametrize("value", [0, -4, 2.25, True, None, Fraction(-9, 4), LARGEST + 1], ids=repr)
def test_a_value_that_is_no_exact_ratio_is_refused(value):
    refused(checked_ratio, value)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (checked_whole, TOO_MANY_DIGITS),
        (checked_whole, -TOO_MANY_DIGITS),
        (checked_whole, Fraction(1, TOO_MANY_DIGITS)),
        (checked_pair, (TOO_MANY_DIGITS, 3)),
        (checked_pair, (TOO_MANY_DIGITS, 3, 3)),
        (checked_ratio, TOO_MANY_DIGITS),
        (checked_ratio, -TOO_MANY_DIGITS),
        (checked_ratio, Fraction(-TOO_MANY_DIGITS)),
        (checked_ratio, Fraction(1, TOO_MANY_DIGITS)),
    ],
    ids=["whole", "negative", "part", "pair", "triple", "ratio", "negative ratio", "fraction", "denominator"],
)
def test_a_number_too_long_to_write_is_refused_as_any_other(check, value):
    refused(check, value)
