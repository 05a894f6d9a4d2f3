"""Small networks of the families that people have, in Keras."""

import keras
from keras import layers as L  # noqa: N812


def block(x, out, stride):
    width = x.shape[-1] * 6
    y = L.ReLU(6.0)(L.BatchNormalization()(L.Conv2D(width, 1, use_bias=False)(x)))
    y = L.DepthwiseConv2D(3, stride, "same", use_bias=False)(y)
    y = L.BatchNormalization()(L.Conv2D(out, 1, use_bias=False)(L.ReLU(6.0)(L.BatchNormalization()(y))))
    return L.Add()([x, y]) if stride == 1 and out == x.shape[-1] else y


def mobilenet():
    image = keras.Input((64, 64, 3), name="image")
    x = L.Conv2D(8, 3, 2, "same", activation="relu")(L.Rescaling(1 / 255)(image))
    for out, stride in ((16, 2), (16, 1), (24, 2)):
        x = block(x, out, stride)
    gate = L.Dense(24, "sigmoid")(L.Dense(6, "relu")(L.GlobalAveragePooling2D(keepdims=True)(x)))
    x = L.SeparableConv2D(32, 3, padding="same")(L.Multiply()([x, gate]))
    return keras.Model(image, L.Dense(10, "softmax")(L.Dropout(0.2)(L.GlobalAveragePooling2D()(x))))


def unet():
    image = keras.Input((32, 32, 3), name="image")
    a = L.Conv2D(8, 3, padding="same", activation="relu", name="down1")(image)
    b = L.Conv2D(16, 3, padding="same", activation="relu", name="down2")(L.MaxPooling2D()(a))
    c = L.Conv2D(16, 3, padding="same", dilation_rate=2, name="bottom")(L.AveragePooling2D(2)(b))
    d = L.Concatenate()([L.Conv2DTranspose(16, 2, 2, name="up2")(c), b])
    e = L.UpSampling2D(interpolation="bilinear")(
        L.Conv2D(8, 3, padding="same", name="merge")(L.ZeroPadding2D(1)(d))
    )
    e = L.Concatenate()([L.Cropping2D(((2, 2), (1, 3)))(e), a])
    return keras.Model(image, L.Conv2D(2, 1, name="head")(e))


def vit():
    image = keras.Input((32, 32, 3), name="image")
    x = L.Reshape((-1, 24))(L.Conv2D(24, 8, 8, name="patch")(image))
    for number in range(2):
        y = L.LayerNormalization()(x)
        x = L.Add()([x, L.MultiHeadAttention(3, 8, name=f"attention{number}")(y, y)])
        y = keras.Sequential([keras.Input((16, 24)), L.Dense(96, "gelu"), L.Dense(24)], name=f"mlp{number}")(
            L.LayerNormalization()(x)
        )
        x = x + y
    return keras.Model(image, L.EinsumDense("abc,cd->abd", (None, 10), bias_axes="d")(x))


def sequence():
    words = keras.Input((12,), name="words")
    x = L.Embedding(50, 8, name="table")(words)
    x = L.Bidirectional(L.LSTM(6, return_sequences=True), name="both")(x)
    x = L.Conv1D(10, 3, padding="causal", groups=2, name="causal")(x)
    x = L.TimeDistributed(L.Dense(4, name="inner"), name="each")(x)
    return keras.Model(words, L.Dense(3)(L.GRU(5, name="gru")(x)))


MODELS = {one.__name__: one for one in (mobilenet, unet, vit, sequence)}
