#!/usr/bin/python3
"""What Debian's Optuna reaches on the functions of bench_quality, and how long it thinks.

optuna_side.py BENCH_QUALITY FILE [--seeds 15] [--trials 300] [--functions f,g]
    [--engines tpe,cmaes] [--jobs 2]
optuna_side.py BENCH_QUALITY --latency [--strategies tpe,gp]

Adds to FILE (a baseline, as baseline.h describes it) the runs that it has not yet, seed by
seed, so that it can be ended and started again. Functions and spaces are bench_quality's own
(--serve). As there, what counts is the value itself at the best observation so far.

Needs python3-optuna and python3-cmaes. Without a number in its name an engine has Optuna's
defaults; tpe_mv_group is TPESampler(multivariate=True, group=True)."""
import argparse
import json
import math
import multiprocessing
import os
import subprocess
import sys
import time
import warnings

import cmaes
import optuna

BUDGETS = (20, 50, 100, 200, 300)
HISTORY, ASKS = 1000, 20

ENGINES = {
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "cmaes": lambda seed: optuna.samplers.CmaEsSampler(seed=seed),
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "tpe_mv_group": lambda seed: optuna.samplers.TPESampler(
        seed=seed, multivariate=True, group=True),
}


class Functions:
    """bench_quality --serve, a line for a line."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "--serve"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer or answer.startswith("error"):
            raise RuntimeError(f"{line}: {answer.strip()}")
        return answer

    def space(self, name):
        return json.loads(self.ask(f"space {name}"))["params"]

    def value(self, name, point, seed, number):
        observed, value = self.ask(f"{name} {json.dumps(point)} {seed} {number}").split()
        return float(observed), float(value)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def suggest(trial, params):
    """A point, its parameters in an order in which conditions can be decided."""
    point = {}
    for p in params:
        name = p["name"]
        if not all(point.get(on) in values for on, values in p["when"].items()):
            continue
        if "values" in p:
            point[name] = trial.suggest_categorical(name, p["values"])
        elif p["integer"]:
            point[name] = trial.suggest_int(name, int(p["min"]), int(p["max"]), log=p["log"])
        elif "step" in p:
            point[name] = round(trial.suggest_float(
                name, p["min"], p["max"], step=round(p["step"], 12)), 12)
        else:
            point[name] = trial.suggest_float(name, p["min"], p["max"], log=p["log"])
    return point


def search(program, function, engine, seed, trials):
    """The value at the best observation with each budget."""
    functions = Functions(program)
    params = functions.space(function)
    study = optuna.create_study(sampler=ENGINES[engine](seed))
    least, best, at = math.inf, None, {}
    for number in range(1, trials + 1):
        trial = study.ask()
        observed, value = functions.value(function, suggest(trial, params), seed, number)
        if math.isnan(value):
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, observed)
            if observed < least:
                least, best = observed, value
        if number in BUDGETS:
            at[str(number)] = best
    functions.close()
    return at


def work(task):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    return task, search(*task)


def engine_name(engine):
    return f"optuna {optuna.__version__} {engine}"


def load(path):
    if os.path.exists(path):
        with open(path) as file:
            return json.load(file)
    return {"functions": {}}


def short(text):
    return json.loads(text, parse_float=lambda word: float(f"{float(word):.8g}"))


def save(path, root):
    """A line for each list of values."""
    root["note"] = (f"optuna {optuna.__version__}, cmaes {cmaes.__version__}, python "
                    f"{sys.version.split()[0]}; last added to {time.strftime('%Y-%m-%d')}; made by "
                    "optuna_side.py")
    text = json.dumps(short(json.dumps(root)), indent=1, sort_keys=True)
    pieces = text.split("[")
    flat = [pieces[0]] + [" ".join(p[:p.index("]")].split()) + p[p.index("]"):]
                          for p in pieces[1:]]
    with open(path + ".new", "w") as out:
        out.write("[".join(flat) + "\n")
    os.replace(path + ".new", path)


def missing(root, options):
    names = [line.split()[0] for line in subprocess.run(
        [options.program, "--list"], text=True, capture_output=True, check=True,
    ).stdout.splitlines()]
    wanted = options.functions.split(",") if options.functions else names
    for seed in range(options.seeds):
        for name in wanted:
            for engine in options.engines.split(","):
                known = root["functions"].get(name, {}).get("engines", {})
                if seed not in known.get(engine_name(engine), {}).get("seeds", []):
                    yield options.program, name, engine, seed, options.trials


def add(root, task, at):
    _, function, engine, seed, _ = task
    engines = root["functions"].setdefault(function, {}).setdefault("engines", {})
    entry = engines.setdefault(engine_name(engine), {"seeds": []})
    entry["seeds"].append(seed)
    for budget, best in at.items():
        entry.setdefault(budget, {"values": []})["values"].append(best)


def compare(options):
    root = load(options.file)
    tasks = list(missing(root, options))
    with multiprocessing.Pool(options.jobs, maxtasksperchild=20) as pool:
        for task, at in pool.imap_unordered(work, tasks):
            add(root, task, at)
            save(options.file, root)


def measure_optuna(engine, functions):
    """CPU ms for a suggestion with HISTORY finished trials of rosenbrock5."""
    params = functions.space("rosenbrock5")
    study = optuna.create_study(sampler=ENGINES[engine](0))
    study.sampler, sampler = optuna.samplers.RandomSampler(seed=1), study.sampler
    for number in range(HISTORY):
        trial = study.ask()
        study.tell(trial, functions.value("rosenbrock5", suggest(trial, params), 0, number)[0])
    study.sampler = sampler
    spent = []
    for number in range(ASKS):
        start = time.process_time()
        trial = study.ask()
        point = suggest(trial, params)
        spent.append(time.process_time() - start)
        study.tell(trial, functions.value("rosenbrock5", point, 0, number)[0])
    return 1000 * sum(spent) / len(spent)


def measure_hone(options):
    lines = subprocess.run([options.program, "--latency", "--strategies", options.strategies],
                           text=True, capture_output=True, check=True).stdout.splitlines()
    return {line.split()[0]: float(line.split()[-1]) for line in lines}


def latency(options):
    """Three rounds, one after the other, so that a busy machine slows down both; medians."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    functions, rounds = Functions(options.program), []
    for _ in range(3):
        row = {f"hone {name}": ms for name, ms in measure_hone(options).items()}
        row.update({engine_name(e): measure_optuna(e, functions)
                    for e in ("tpe", "tpe_mv_group", "cmaes")})
        rounds.append(row)
    functions.close()
    median = {name: sorted(row[name] for row in rounds)[1] for name in rounds[0]}
    bars = [engine_name("tpe"), engine_name("tpe_mv_group")]
    print(f"CPU ms for a suggestion after {HISTORY} trials of 5 reals, and how many times that "
          "Optuna takes.\n")
    print("| | ms | " + " | ".join(bars) + " |\n| --- | --- | --- | --- |")
    for name, ms in median.items():
        print(f"| {name} | {ms:.4f} | " + " | ".join(f"{median[b] / ms:.1f}" for b in bars) + " |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("file", nargs="?")
    parser.add_argument("--latency", action="store_true")
    parser.add_argument("--strategies", default="random,tpe")
    parser.add_argument("--seeds", type=int, default=15)
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--functions")
    parser.add_argument("--engines", default="random,cmaes,tpe_mv_group,tpe")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if options.latency:
        latency(options)
    elif options.file:
        compare(options)
    else:
        parser.error("FILE or --latency")


if __name__ == "__main__":
    main()
