"""Logistic regression on the diabetes data of Debian's libfann-doc, standard library only."""
import argparse
import math
import os
import random

DATA = os.environ.get("DATA_DIR", "/usr/share/doc/libfann-dev/examples/datasets")


def read(name):
    """Rows of a FANN data file: inputs and outputs on alternating lines."""
    with open(os.path.join(DATA, name), encoding="ascii") as file:
        n_rows, n_inputs, n_outputs = map(int, file.readline().split())
        numbers = [float(word) for word in file.read().split()]
    width = n_inputs + n_outputs
    rows = [numbers[i * width:(i + 1) * width] for i in range(n_rows)]
    return [(row[:n_inputs] + [1.0], row[n_inputs]) for row in rows]


def predict(weights, inputs):
    total = sum(w * x for w, x in zip(weights, inputs))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def evaluate(weights, rows):
    loss = errors = 0
    for inputs, label in rows:
        p = predict(weights, inputs)
        loss -= math.log(p if label > 0.5 else 1 - p)
        errors += (p > 0.5) != (label > 0.5)
    return loss / len(rows), errors / len(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--l2", type=float, default=0.0)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--shuffle", action="store_true")
    args = parser.parse_args()

    train, validation = read("diabetes.train"), read("diabetes.test")
    rng = random.Random(1)
    weights = [0.0] * len(train[0][0])
    for epoch in range(1, args.epochs + 1):
        if args.shuffle:
            rng.shuffle(train)
        for first in range(0, len(train), args.batch_size):
            batch = train[first:first + args.batch_size]
            gradient = [args.l2 * w for w in weights]
            for inputs, label in batch:
                error = predict(weights, inputs) - label
                for i, x in enumerate(inputs):
                    gradient[i] += error * x / len(batch)
            weights = [w - args.learning_rate * g for w, g in zip(weights, gradient)]
        val_loss, val_error = evaluate(weights, validation)
        print(f"epoch: {epoch} val_loss: {val_loss:.6f} val_error: {val_error:.6f}")


if __name__ == "__main__":
    main()
