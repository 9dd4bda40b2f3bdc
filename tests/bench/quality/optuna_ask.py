"""optuna_ask.py HISTORY ASKS: prints the milliseconds of processor time that a suggestion of
Optuna's TPE takes, with its defaults, after HISTORY random trials of five reals."""
import sys
import time

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
history, asks = int(sys.argv[1]), int(sys.argv[2])


def suggest(trial):
    return [trial.suggest_float(f"x{i}", -5, 10) for i in range(1, 6)]


def rosenbrock(x):
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))


study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
for _ in range(history):
    trial = study.ask()
    study.tell(trial, rosenbrock(suggest(trial)))
study.sampler = optuna.samplers.TPESampler(seed=0)
spent = 0
for _ in range(asks):
    start = time.process_time()
    trial = study.ask()
    point = suggest(trial)
    spent += time.process_time() - start
    study.tell(trial, rosenbrock(point))
print(1000 * spent / asks)
