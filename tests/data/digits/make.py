#!/usr/bin/python3
"""Trains the digits classifier of the demo and writes what it says of images that it has not seen; and all images.

Needs Debian's python3-sklearn, which carries the images themselves: nothing is downloaded.
Usage: /usr/bin/python3 tests/data/digits/make.py [FOLDER]
"""

import pathlib
import sys

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

HIDDEN_UNITS = 64
SEED = 2


def main() -> None:
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
    pixels, labels = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        pixels / 16, labels, test_size=0.25, stratify=labels, random_state=SEED)

    classifier = MLPClassifier((HIDDEN_UNITS,), activation="relu", alpha=1e-3, max_iter=400, random_state=SEED)
    classifier.fit(train_x, train_y)

    # The forward pass up to each activation, which is the service's part.
    (hidden_weights, output_weights), (hidden_bias, output_bias) = classifier.coefs_, classifier.intercepts_
    pre_activations = test_x @ hidden_weights + hidden_bias
    logits = np.maximum(pre_activations, 0) @ output_weights + output_bias

    np.save(folder / "pre_activations.npy", pre_activations.astype(np.float32))
    np.save(folder / "logits.npy", logits.astype(np.float32))
    np.save(folder / "labels.npy", test_y.astype(np.int64))
    as_bytes = {"train_pixels": train_x * 16, "train_labels": train_y, "test_pixels": test_x * 16, "test_labels": test_y}
    np.savez_compressed(folder / "images.npz", **{name: array.astype(np.uint8) for name, array in as_bytes.items()})
    accuracy = np.mean(logits.argmax(axis=1) == test_y)
    print(f"{len(train_y)} images to train on, {len(test_y)} held out, accuracy on those {accuracy:.2%}")


if __name__ == "__main__":
    main()
