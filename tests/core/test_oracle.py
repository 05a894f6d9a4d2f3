"""The oracle itself, against convolutions small enough to count on paper."""

from tests.oracle import Convolution, count, factorized


def test_a_multiplication_by_a_padded_zero_is_a_product():
    convolution = Convolution(1, 1, kernel=(3, 3), size=(2, 2), padding="same")
    met = [pixel for _, pixel in convolution.products()]
    assert len(met) == 2 * 2 * 3 * 3
    real = [pixel for pixel in met if not convolution.reads_padding(pixel)]
    assert len(real) == 4 * 4
    assert {pixel[:2] for pixel in real} == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_a_group_reads_its_own_channels_only():
    convolution = Convolution(4, 6, groups=2)
    read = {(output, channel) for (output, channel, *_), _ in convolution.products()}
    assert read == {(o, i) for o in (0, 1, 2) for i in (0, 1)} | {(o, i) for o in (3, 4, 5) for i in (2, 3)}


def test_each_weight_is_held_once_however_often_it_is_used():
    counted = count(Convolution(2, 3, kernel=(1, 3), size=(1, 5)))
    assert (counted.weights, counted.out, counted.macs) == (2 * 3 * 3, (1, 3), 2 * 3 * 3 * 3)
    assert counted.biases == 3


def test_a_dilated_kernel_skips_pixels():
    convolution = Convolution(1, 1, kernel=(1, 3), size=(1, 5), dilation=(1, 2))
    assert [pixel[1] for _, pixel in convolution.products()] == [0, 2, 4]


def test_a_pointwise_convolution_reads_what_the_depthwise_one_wrote():
    depthwise, pointwise = factorized(Convolution(2, 5, (3, 3), (7, 6), stride=(2, 2)), multiplier=3)
    assert (depthwise.n_o, depthwise.groups) == (2 * 3, 2)
    assert (pointwise.n_i, pointwise.n_o, pointwise.size) == (2 * 3, 5, (3, 2))
