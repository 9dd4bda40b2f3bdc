/* The reader of specs: what is said of a text, line by line, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <hone/spec.h>

#include "spec_rows.h"

static void test_whole_file(void **state)
{
    (void)state;
    static const row rows[] = {
        {"", "E 1:1 the spec is empty; it needs method and parameters\n"},
        {"# x\n", "E 1:1 the spec is empty; it needs method and parameters\n"},
        {"- a\n", "E 1:1 a spec is a mapping: method: grid, parameters: ...\n"},
        {"a: b: c\n", "E 1:5 mapping values are not allowed in this context\n"},
        {"name: x\n",
         "E 1:1 method is missing; add `method: grid` or `method: random`\n"
         "E 1:1 parameters is missing; add `parameters: {lr: {values: [0.1, 0.01]}}`\n"},
        {"method: random\nparameters: {}\n",
         "E 2:13 parameters is empty; at least one is needed\n"},
        {"method: random\nparameters:\n",
         "E 2:12 parameters is empty; at least one is needed\n"},
        {"method: random\nparameters: [a]\n",
         "E 2:13 parameters is no mapping of names to parameters\n"},
        {"method: random\nparameters: {lr: {value: 1}}\n",
         "R 1:1 neither program nor command: there is nothing to run; add `program: "
         "train.py`\n"},
        {ONE, ""},
        {"\xef\xbb\xbfmethod: random\ncommand: x\nparameters: {lr: {value: 1}}\n", ""},
    };
    CHECK("", rows);
}

static void test_repeats(void **state)
{
    (void)state;
    static const row rows[] = {
        {"repeats: 3\n", ""},
        {"repeats: {max: 5}\n", ""},
        {"repeats: 0\n", "E 4:10 repeats is 0; an integer of at least 1 is needed\n"},
        {"repeats: 1001\n", "E 4:10 repeats is 1001; 1000 is the limit\n"},
        {"repeats: many\n", "E 4:10 repeats is many; a number is needed\n"},
        {"repeats: {min: 3}\n",
         "E 4:10 repeats needs max: the most runs of a configuration\n"
         "E 4:16 repeats.min says when a race begins; add race: true\n"},
        {"metric: {name: l}\nrepeats: {max: 4, race: true}\n", ""},
        {"metric: {name: l}\nrepeats: {max: 4, race: true, min: 5}\n",
         "E 5:36 repeats.min is 5, but repeats.max is 4\n"},
        {"metric: {name: l}\nrepeats: {max: 4, race: true, min: 1}\n",
         "E 5:36 repeats.min is 1; two scores are the least that can be compared, so 2 "
         "or "
         "more is needed\n"},
        {"repeats: {max: 4, race: true}\n", "E 4:25 repeats.race needs a metric; add "
                                            "metric: {name: loss, goal: minimize}\n"},
        {"repeats: {max: 4, race: 7}\n",
         "E 4:25 repeats.race is 7; it is true or false\n"},
        {"repeats: {max: 4, rase: true}\n",
         "E 4:19 unknown key repeats.rase; did you mean race\n"},
    };
    CHECK(ONE, rows);
    int code;
    hone_spec *spec =
        read_spec(ONE "metric: {name: l}\nrepeats: {max: 10, race: true}\n", &code);
    assert_int_equal(code, HONE_OK);
    assert_int_equal(spec->repeats.max, 10);
    assert_int_equal(spec->repeats.min, 3);
    assert_true(spec->repeats.race);
    hone_spec_free(spec);
}

static void test_keys(void **state)
{
    (void)state;
    static const row rows[] = {
        {"metod: x\n", "E 4:1 unknown key metod; did you mean method\n"},
        {"Run-Cap: 3\n", "E 4:1 unknown key Run-Cap; did you mean run_cap\n"},
        {"sweep_id: x\n", "W 4:1 unknown key sweep_id is ignored\n"},
        {"concurency: 2\n", "E 4:1 unknown key concurency; did you mean concurrency\n"},
        {"inputs: 3\n", "U 4:1 inputs is not yet supported\n"},
        {"scheduler: {engine: wandb}\n", "U 4:1 scheduler is not yet supported\n"},
        {"executor: local\n", ""},
        {"executor: slurm\n", "U 4:11 executor slurm is not yet supported\n"},
        {"executor: {type: slurm}\n", "U 4:18 executor slurm is not yet supported\n"},
        {"warm_start: earlier\n", ""},
        {"warm_start: {sweep: 7, top: 3}\n", ""},
        {"warm_start: {top: 3}\n",
         "E 4:13 warm_start needs sweep, the earlier sweep's name\n"},
        {"warm_start: {sweep: a, top: 0}\n",
         "E 4:29 warm_start.top is 0; an integer of at least 1 is needed\n"},
        {"warm_start: {sweep: a, top: 10001}\n",
         "E 4:29 warm_start.top is 10001; 10000 is the limit\n"},
        {"warm_start: [a]\n", "E 4:13 warm_start is a list; it names an earlier sweep, "
                              "or is a mapping with sweep and top\n"},
        {"executor: slrum\n", "E 4:11 executor is slrum; did you mean slurm\n"},
        {"kind: run\n", "E 4:7 kind is run; it is sweep\n"},
        {"controller: {type: local}\napiVersion: v1\n", ""},
        {"job: x\n", "W 4:1 job has no effect: it is for W&B Launch\n"},
        {"name: [a]\n", "E 4:7 name is a list; a text is needed\n"},
        {"name: 2024\n", ""},
        {"run_cap: 0\n", "E 4:10 run_cap is 0; an integer of at least 1 is needed\n"},
        {"run_cap: many\n", "E 4:10 run_cap is many; a number is needed\n"},
        {"run_cap: \"10\"\n", "W 4:10 run_cap is the text \"10\"; taken as a number, "
                              "write it without quotes\n"},
        {"concurrency: 1.5\n",
         "E 4:14 concurrency is 1.5; an integer of at least 1 is needed\n"},
        {"seed: -1\n", "E 4:7 seed is -1; an integer from 0 to 2^64 - 1 is needed\n"},
        {"seed: 18446744073709551615\n", ""},
        {"seed: 18446744073709551616\n",
         "E 4:7 seed is 18446744073709551616; an integer from 0 to 2^64 - 1 is needed\n"},
        {"order: random\n", "E 4:8 order is random; it is sorted or shuffled\n"},
        {"timeout: 1:30\n",
         "E 4:10 timeout is 1:30; write seconds, or a time such as 90s, 15m, 2h\n"},
        {"timeout: -1\n",
         "E 4:10 timeout is -1; write seconds, or a time such as 90s, 15m, 2h\n"},
        {"timeout: 1h30m\ngrace: 2.5\n", ""},
        {"early_terminate: hyperband\n",
         "W 4:18 early_terminate is hyperband and has no effect; write {type: "
         "hyperband, min_iter: 3}\n"},
        {"early_terminate: {type: hyperbnd, min_iter: 3}\n",
         "E 4:25 early_terminate.type is hyperbnd; did you mean hyperband\n"},
        {"metric: {name: loss}\nearly_terminate: {type: hyperband, max_iter: 3}\n",
         "E 5:18 early_terminate.max_iter needs s beside it\n"},
        {"early_terminate: {type: hyperband, min_iter: 3}\n",
         "E 4:18 early_terminate needs a metric to look at; add metric: {name: loss, "
         "goal: minimize}\n"},
        {"early_terminate: {type: median, warmup_step: 3}\n",
         "E 4:18 early_terminate needs a metric to look at; add metric: {name: loss, "
         "goal: minimize}\n"
         "E 4:33 early_terminate median has no option warmup_step; did you mean "
         "warmup_steps\n"},
        {"metric: {name: loss}\nearly_terminate: {type: threshold}\n",
         "E 5:18 early_terminate needs lower, upper or both\n"},
    };
    CHECK(ONE, rows);
}

static void test_fidelity(void **state)
{
    (void)state;
#define ASHA   "metric: {name: loss}\nearly_terminate: {type: asha, eta: 3}\n"
#define EPOCHS "parameters: {lr: {min: 0.0, max: 1.0}, epochs: {min: 1, max: 81}}\n"
    static const row rows[] = {
        {EPOCHS ASHA "fidelity: {parameter: epochs}\n", ""},
        {EPOCHS ASHA "fidelity: {parameter: epochs, min: 3, max: 27}\n", ""},
        {EPOCHS ASHA "fidelity: epochs\n",
         "E 6:11 fidelity is epochs; write {parameter: epochs, min: 1, max: 81}\n"},
        {EPOCHS ASHA "fidelity: {min: 1}\n",
         "E 6:11 fidelity needs parameter: the name of the one that is the budget\n"},
        {EPOCHS ASHA "fidelity: {parameter: epoch}\n",
         "E 6:23 fidelity.parameter is epoch, which is no parameter; did you mean "
         "epochs\n"},
        {EPOCHS ASHA "fidelity: {parameter: steps}\n",
         "E 6:23 fidelity.parameter is steps, which is no parameter\n"},
        {EPOCHS ASHA "fidelity: {parameter: epochs, mim: 3}\n",
         "E 6:31 unknown key fidelity.mim; did you mean min\n"},
        {EPOCHS ASHA "fidelity: {parameter: epochs, max: 100}\n",
         "E 6:36 fidelity.max is 100; the parameter ends at 81\n"},
        {EPOCHS ASHA "fidelity: {parameter: epochs, min: 0.5}\n",
         "E 6:36 fidelity.min is 0.5; the parameter is an integer\n"},
        {EPOCHS ASHA "fidelity: {parameter: epochs, min: 9, max: 3}\n",
         "E 6:36 fidelity.min is 9; it is below fidelity.max, 3\n"},
        {EPOCHS ASHA "fidelity: {parameter: epochs, min: 50}\n",
         "E 6:11 the greatest budget is 81, less than 3 times the least, 50: no trial "
         "could be promoted\n"},
        {EPOCHS ASHA "fidelity: {parameter: lr}\n",
         "E 6:11 fidelity.min is 0; the least budget is above 0, such as min: 1\n"},
        {EPOCHS ASHA "fidelity: {parameter: lr, min: 0.01}\n", ""},
        {EPOCHS "metric: {name: loss}\nfidelity: {parameter: epochs}\n",
         "E 5:11 fidelity needs to know who chooses; add early_terminate: {type: asha} "
         "or "
         "{type: hyperband}\n"},
        {EPOCHS "early_terminate: {type: asha}\nfidelity: {parameter: epochs}\n",
         "E 5:11 fidelity needs a metric; add metric: {name: loss, goal: minimize}\n"},
        {EPOCHS ASHA "repeats: 3\nfidelity: {parameter: epochs}\n",
         "E 7:11 fidelity and repeats do not go together; take one of them out\n"},
        {EPOCHS "metric: {name: loss}\nearly_terminate: {type: median}\n"
                "fidelity: {parameter: epochs}\n",
         "E 5:25 early_terminate.type is median; with fidelity it is one of hyperband, "
         "asha, pbt\n"},
        {EPOCHS "metric: {name: loss}\nearly_terminate: {type: asha, min_iter: 3}\n"
                "fidelity: {parameter: epochs}\n",
         "E 5:31 early_terminate asha with fidelity has no option min_iter\n"},
        {EPOCHS "metric: {name: loss}\nearly_terminate: {type: pbt, interval: 9}\n"
                "fidelity: {parameter: epochs}\n",
         ""},
        {EPOCHS "metric: {name: loss}\nearly_terminate: {type: pbt, interval: 90}\n"
                "fidelity: {parameter: epochs}\n",
         "E 6:11 early_terminate.interval is 90; it goes 2 to 64 times into "
         "fidelity.max, "
         "81, and is a whole number\n"},
        {EPOCHS "metric: {name: loss}\nearly_terminate: {type: pbt, quantile: 0.05}\n"
                "fidelity: {parameter: epochs}\n",
         "E 6:11 early_terminate.quantile is 0.05, of a population of 10 nobody: make it "
         "at least 0.1\n"},
        {EPOCHS "metric: {name: loss}\nearly_terminate: {type: pbt}\n"
                "fidelity: {parameter: epochs}\nrun_cap: 20\n",
         "E 5:18 early_terminate pbt ends when its population has had fidelity.max; take "
         "stop.trials (run_cap) out\n"},
        {EPOCHS "metric: {name: loss}\nearly_terminate: {type: pbt}\n",
         "E 5:25 early_terminate.type is pbt, which gives trials budgets; add fidelity: "
         "{parameter: epochs}\n"},
        {"parameters: {opt: {values: [sgd, adam]}}\n" ASHA "fidelity: {parameter: opt}\n",
         "E 6:23 fidelity.parameter is opt, which is categorical; it has to be a number "
         "with a range: {min: 1, max: 81}\n"},
        {"parameters: {n: {value: 81}}\n" ASHA "fidelity: {parameter: n, min: 1}\n", ""},
        {"parameters: {n: {value: 81}}\n" ASHA "fidelity: {parameter: n}\n",
         "E 6:11 fidelity.min is 0; the least budget is above 0, such as min: 1\n"},
        {"parameters: {n: {value: many}}\n" ASHA "fidelity: {parameter: n}\n",
         "E 6:23 fidelity.parameter is n, which is constant; it has to be a number with "
         "a "
         "range: {min: 1, max: 81}\n"},
        {"parameters: {a: {values: [1, 2]}, n: {min: 1, max: 9, when: {a: 1}}}\n" ASHA
         "fidelity: {parameter: n}\n",
         "E 6:23 fidelity.parameter is n, which has a condition; a budget has to exist "
         "in "
         "every trial\n"},
    };
#undef ASHA
#undef EPOCHS
    CHECK("method: random\nprogram: t.py\n", rows);
}

static void test_promote(void **state)
{
    (void)state;
#define ASHA(options)                                                                    \
    "metric: {name: loss}\nearly_terminate: {type: asha, promote: true" options "}\n"
    static const row rows[] = {
        {ASHA(", max_iter: 81"), ""},
        {"metric: {name: loss}\nearly_terminate: {type: asha, promote: false}\n", ""},
        {ASHA(", min_iter: 3, max_iter: 81, eta: 3, s: 1, metric: acc"), ""},
        {ASHA(""),
         "E 5:18 early_terminate.promote needs max_iter: the last step of a trial\n"},
        {ASHA(", min_iter: 9, max_iter: 9"),
         "E 5:18 early_terminate.max_iter is 9; it is above the first rung at 9\n"},
        {ASHA(", min_iter: 9, max_iter: 20"),
         "E 5:18 the greatest budget is 20, less than 4 times the least, 9: no trial "
         "could be promoted\n"},
        {ASHA(", max_iter: 81, startup_trials: 3"),
         "E 5:18 early_terminate.startup_trials has no meaning with promote\n"},
        {ASHA(", max_iter: 81") "repeats: 2\n",
         "E 5:18 early_terminate.promote and repeats do not go together; take one of "
         "them "
         "out\n"},
        {ASHA(", max_iter: 81") "metrics: {acc: {goal: maximize}}\n",
         "E 5:18 early_terminate.promote is for one objective, and here are 2\n"},
        {"metric: {name: loss}\nearly_terminate: {type: median, promote: true}\n",
         "E 5:33 early_terminate median has no option promote\n"},
    };
#undef ASHA
    CHECK(ONE, rows);
}

static void test_pbt_goes_through_no_grid(void **state)
{
    (void)state;
    static const row rows[] = {
        {"early_terminate: {type: pbt}\n",
         "E 6:18 early_terminate pbt begins with trials of the method and goes on from "
         "them; a grid goes through all: take method: random\n"},
    };
    CHECK("method: grid\nprogram: t.py\nmetric: {name: loss}\n"
          "parameters: {a: {values: [1, 2]}, n: {min: 1, max: 30}}\n"
          "fidelity: {parameter: n}\n",
          rows);
}

/* The method sees the budget as a constant, also a grid that could not go through its
 * range. */
static void test_fidelity_is_a_constant(void **state)
{
    (void)state;
    static const char text[] = "method: grid\nprogram: t.py\n"
                               "metric: {name: loss, goal: minimize}\n"
                               "parameters:\n"
                               "  a: {values: [1, 2, 3]}\n"
                               "  share: {min: 0.1, max: 1.0}\n"
                               "fidelity: {parameter: share, max: 0.9}\n"
                               "early_terminate: {type: hyperband}\n";
    hone_spec *spec = NULL;
    assert_int_equal(hone_spec_read("-", text, sizeof text - 1, &spec, NULL), HONE_OK);
    assert_string_equal(spec->fidelity.promoter->name, "hyperband");
    assert_null(spec->early_stop.scheduler);
    assert_int_equal(spec->fidelity.param, 1);
    assert_false(spec->fidelity.range.integer);
    assert_true(spec->fidelity.range.min == 0.1 && spec->fidelity.range.max == 0.9);
    const hone_param *share = &spec->space->params[1];
    assert_int_equal(share->distribution, HONE_CONSTANT);
    assert_int_equal(hone_param_levels(share), 1);
    assert_true(share->values[0].real == 0.9);
    hone_spec_free(spec);
}

static void test_methods(void **state)
{
    (void)state;
    static const row rows[] = {
        {"method: grid\n", ""},
        {"method: bayes\n", ""},
        {"method: {name: bayes, startup_trials: 20}\n",
         "E 3:23 method bayes has no option startup_trials\n"},
        {"method: {external: \"python3 s.py\", any: [1]}\n", ""},
        {"method: {external: \" \"}\n",
         "E 3:20 method.external is empty; it is a command: {external: \"python3 "
         "sampler.py\"}\n"},
        {"method: external\n", "E 3:9 method external needs a command: {external: "
                               "\"python3 sampler.py\"}\n"},
        {"method: rnadom\n", "E 3:9 unknown method rnadom; did you mean random\n"},
        {"method: magic\n",
         "E 3:9 unknown method magic; it is one of grid, random, sobol, "
         "halton, lhs, tpe, cmaes, nsga2, evolution, bayes, gp\n"},
        {"method: {}\n", "E 3:9 method needs a name: {name: random}\n"},
        {"method: {name: random, speed: 3}\n",
         "E 3:24 method random has no option speed\n"},
        {"method:\n", "E 3:8 method is empty; a text is needed\n"},
    };
    CHECK("program: t.py\nparameters: {lr: {value: 1}}\n", rows);
}

static void test_metric_errors(void **state)
{
    (void)state;
    static const row rows[] = {
        {"metric: loss\n",
         "E 4:9 metric is a mapping; write metric: {name: loss, goal: minimize}\n"},
        {"metric: [loss]\n",
         "E 4:9 metric is a mapping; write metric: {name: loss, goal: minimize}\n"},
        {"metric: {goal: minimize}\n",
         "E 4:9 metric needs name, the metric to optimise\n"},
        {"metric: {name: loss, goal: min}\n",
         "W 4:28 metric.goal is min, so minimize is taken; write minimize or maximize\n"},
        {"metric: {name: loss, gaol: minimize}\n",
         "E 4:22 unknown key metric.gaol; did you mean goal\n"},
        {"metric: {name: loss, target: low}\n",
         "E 4:30 metric.target is low; a number is needed\n"},
        {"metric: {name: loss, impute: best}\n", ""},
        {"metric: {name: loss, target: 1}\nstop: {target: 2}\n",
         "E 5:16 stop.target is 2, but metric.target is 1; they are the same thing, so "
         "one "
         "will do\n"},
        {"metric: {name: loss, target: 1}\nstop: {target: 1.0}\n", ""},
        {"stop: {target: 2, stagnation: 3}\n",
         "E 4:16 stop.target needs a metric; add metric: {name: loss, goal: minimize}\n"
         "E 4:31 stop.stagnation needs a metric; add metric: {name: loss, goal: "
         "minimize}\n"},
        {"stop: {trails: 2}\n", "E 4:8 unknown key stop.trails; did you mean trials\n"},
        {"stop: 5\n", "E 4:7 stop is 5; it is a mapping with trials, time, target, "
                      "stagnation, expected_improvement or failures\n"},
        {"stop: {time: 0}\n", "E 4:14 stop.time is 0; a time above 0 is needed\n"},
        {"metrics: [a, b]\n",
         "E 4:10 metrics is a list; it maps names to goals or patterns: metrics: {loss: "
         "{goal: minimize}, accuracy: {goal: maximize}}\n"},
        {"metrics: {loss: {goal: minimize}, b: {goal: maximize}}\n", ""},
        {"metrics: {loss: {goal: min}}\n",
         "E 4:24 goal is min; it is minimize or maximize\n"},
        {"metric: {name: b}\nmetrics: {a: {goal: minimize}, b: {goal: maximize}}\n",
         "E 5:42 the goal of b is maximize here, and another one in metric\n"},
        {"metrics: {a: {goal: minimize}, b: {goal: minimize}}\nrepeats: 3\n",
         "E 4:42 repeats are for one objective, and here is another\n"},
        {"metrics: {a: {goal: minimize}, b: {goal: minimize}}\nstop: {stagnation: 3}\n",
         "E 5:20 stop.stagnation is for one objective, and here are 2\n"},
        {"metrics: {a: {goal: minimize}, b: {goal: minimize}, c: {goal: minimize}, d: "
         "{goal: minimize}, e: {goal: minimize}, f: {goal: minimize}, g: {goal: "
         "minimize}, h: {goal: minimize}, i: {goal: minimize}}\n",
         "E 4:189 there are 9 objectives; 8 is the limit\n"},
        {"metrics: {}\n",
         "E 4:10 metrics is empty; it maps a name to a pattern: loss: 'loss=(\\S+)'\n"},
        {"metrics: {loss: [a]}\n", "E 4:17 metrics.loss is a list; it is a pattern, or a "
                                   "mapping with pattern, from, take, goal\n"},
        {"metrics: {loss: {from: tensorboard}}\n",
         "U 4:24 from: tensorboard is not yet supported\n"},
        {"metrics: {loss: {pattern: x, from: ../x.log}}\n",
         "E 4:36 from is ../x.log; a file is named relative to the trial's folder, and "
         "lies "
         "in it\n"},
        {"metrics: {loss: {pattern: x, take: best}}\n",
         "E 4:36 take is best; it is last, min, max, first or mean\n"},
        {"env: [a]\n", "E 4:6 env is a list; it maps names to values\n"},
        {"env: {A-B: 1}\n",
         "E 4:7 env: A-B is no name of a variable; letters, digits and _ are\n"},
        {"env: {A: [1]}\n", "E 4:10 env.A is a list; a text is needed\n"},
    };
    CHECK(ONE, rows);
}

static void test_settings(void **state)
{
    (void)state;
    hone_spec *spec =
        load("program: t.py\nmethod: random\nparameters: {lr: {value: 1}}\n"
             "name: on\nproject: p\nentity: e\ndescription: d\nconcurrency: 4\nseed: 7\n"
             "timeout: 1h30m\nworkdir: trial\nrun_cap: 20\n"
             "stop: {trials: 30, time: 15m, stagnation: 9, failures: 2, target: 0.5}\n"
             "metric: {name: acc, goal: maximize}\n"
             "env: {A: 0.10, B: ~, C: \"\"}\n"
             "metrics:\n  acc: 'acc=(\\S+)'\n  loss: {pattern: 'l (\\S+)', from: "
             "out/x.log, take: "
             "min}\n  f1: {from: stderr, take: mean}\n");
    assert_string_equal(spec->name, "on");
    assert_string_equal(spec->project, "p");
    assert_string_equal(spec->entity, "e");
    assert_string_equal(spec->description, "d");
    assert_string_equal(spec->workdir, "trial");
    assert_int_equal(spec->concurrency, 4);
    assert_true(spec->seed_given && spec->seed == 7);
    assert_true(spec->timeout_s == 5400);
    assert_true(spec->grace_s == 10);
    assert_true(spec->stop.trials == 20);
    assert_true(spec->stop.time_s == 900);
    assert_true(spec->stop.stagnation == 9);
    assert_true(spec->stop.failures == 2 && spec->stop.failures_given);
    assert_string_equal(spec->objective.name, "acc");
    assert_true(spec->objective.maximize && spec->objective.has_target);
    assert_true(spec->objective.target == 0.5);
    assert_int_equal(spec->n_env, 3);
    assert_string_equal(spec->env[0].value, "0.10");
    assert_null(spec->env[1].value);
    assert_string_equal(spec->env[2].value, "");
    assert_int_equal(spec->n_rules, 3);
    assert_string_equal(spec->rules[0].pattern, "acc=(\\S+)");
    assert_int_equal(spec->rules[0].line, 17);
    assert_int_equal(spec->rules[1].from, HONE_FROM_FILE);
    assert_string_equal(spec->rules[1].file, "out/x.log");
    assert_int_equal(spec->rules[1].take, HONE_TAKE_MIN);
    assert_null(spec->rules[2].pattern);
    assert_int_equal(spec->rules[2].from, HONE_FROM_STDERR);
    hone_spec_free(spec);
}

static void test_defaults(void **state)
{
    (void)state;
    hone_spec *spec = load(ONE);
    assert_string_equal(spec->name, "sweep");
    assert_string_equal(spec->method, "random");
    assert_false(spec->seed_given || spec->shuffled);
    assert_true(spec->seed == 0 && spec->timeout_s == 0 && spec->concurrency == 0);
    assert_null(spec->objective.name);
    assert_null(spec->workdir);
    assert_false(spec->stop.failures_given);
    assert_non_null(spec->command);
    hone_spec_free(spec);
    spec = load(ONE "stop: {failures: ~}\n");
    assert_true(spec->stop.failures_given && spec->stop.failures == 0);
    hone_spec_free(spec);
}

typedef struct level_row {
    const char *entry;
    const char *levels; /* joined by blanks */
} level_row;

static void test_levels(void **state)
{
    (void)state;
    static const level_row rows[] = {
        {"{min: 0.1, max: 0.3, step: 0.1}", "0.1 0.2 0.3"},
        {"{min: 0, max: 1, count: 5}", NULL},
        {"{min: 0.0, max: 1, count: 5}", "0.0 0.25 0.5 0.75 1.0"},
        {"{min: 1e-4, max: 1e-1, scale: log, count: 4}", "0.0001 0.001 0.01 0.1"},
        {"{min: 2, max: 10, step: 4}", "2 6 10"},
        {"{min: 1, max: 10, count: 4}", "1 4 7 10"},
        {"{min: 16, max: 128, scale: log, count: 4}", "16 32 64 128"},
        {"{min: 0, max: 1, step: 1e-1}", "0.0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0"},
        {"{min: -0.2, max: 0.2, step: 0.2}", "-0.2 0.0 0.2"},
        {"{min: 1.0e+3, max: 3e3, step: 1000}", "1000.0 2000.0 3000.0"},
        {"{min: 0.0, max: 1.0, count: 4}", "0.0 0.333333333333 0.666666666667 1.0"},
        {"{values: [1, 1.0, true, \"1\", null, \"None\"]}", "1.0 True 1 None None"},
        {"{values: [0.10, 1e-4, 0.10]}", "0.10 1e-4"},
        {"{min: 2, max: 4}", "2 3 4"},
        {"{distribution: q_uniform, min: 0, max: 1, q: 0.4}", "0.0 0.4 0.8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[300];
        int code;
        hone_buf levels;
        snprintf(text, sizeof text, GRID "%s\n", rows[i].entry);
        hone_spec *spec = read_spec(text, &code);
        assert_int_equal(code, rows[i].levels == NULL ? HONE_ESPEC : 0);
        hone_buf_init(&levels, 1000);
        for (uint64_t k = 0; code == 0 && k < hone_param_levels(spec->space->params);
             k++) {
            hone_value value = hone_param_level(spec->space->params, k);
            if (k > 0)
                hone_buf_putc(&levels, ' ');
            hone_value_write(&levels, &value, HONE_FORM_PYTHON);
        }
        if (code == 0)
            assert_string_equal(hone_buf_text(&levels), rows[i].levels);
        hone_buf_release(&levels);
        hone_spec_free(spec);
    }
}

/* Sorted by code point, groups in place: the last varies fastest. */
static void test_order(void **state)
{
    (void)state;
    static const char *const names[] = {"A", "a.y", "a.z", "b", "c"};
    hone_spec *spec = load("program: t\nmethod: grid\nparameters:\n"
                           "  c: {value: 1}\n  b: {value: 1}\n  A: {value: 1}\n"
                           "  a: {parameters: {z: {values: [1, 2]}, y: {value: 0}}}\n");
    assert_int_equal(spec->space->n, 5);
    for (uint32_t i = 0; i < 5; i++)
        assert_string_equal(spec->space->params[i].name, names[i]);
    assert_int_equal(spec->space->params[1].depth, 2);
    assert_string_equal(spec->space->params[1].path[0], "a");
    assert_int_equal(spec->space->params[1].line, 7);
    assert_int_equal(spec->space->params[1].column, 41);
    hone_spec_free(spec);
}

static void test_conditions(void **state)
{
    (void)state;
    hone_spec *spec =
        load(BASE "parameters:\n"
                  "  model: {values: [tree, net]}\n"
                  "  opt:\n    when: {model: net}\n    parameters:\n"
                  "      name: {values: [sgd, adam]}\n"
                  "      beta: {values: [0.9, 0.99], when: {name: adam}}\n"
                  "      rate: {value: 1, when: {opt.name: [sgd, adam]}}\n");
    const hone_space *space = spec->space;
    assert_int_equal(space->n, 4); /* model, opt.beta, opt.name, opt.rate */
    assert_string_equal(space->params[1].name, "opt.beta");
    assert_int_equal(space->params[0].n_clauses, 0);
    assert_int_equal(space->params[1].n_clauses, 2);
    assert_int_equal(space->params[1].clauses[0].param, 2);
    assert_string_equal(space->params[1].clauses[0].values[0].text, "adam");
    assert_int_equal(space->params[1].clauses[1].param, 0);
    assert_int_equal(space->params[2].n_clauses, 1);
    assert_int_equal(space->params[3].clauses[0].n_values, 2);
    hone_spec_free(spec);
}

/* Equal choices of a method that draws keep their common weight. */
static void test_weights(void **state)
{
    (void)state;
    hone_spec *spec = load(PARAM "{values: [a, b, a, a]}\n");
    const hone_param *param = spec->space->params;
    assert_int_equal(param->n_values, 2);
    assert_non_null(param->probabilities);
    assert_true(fabs(param->probabilities[0] - 0.75) < 1e-12);
    hone_spec_free(spec);
    spec = load(GRID "{values: [a, b, a]}\n");
    assert_null(spec->space->params[0].probabilities);
    hone_spec_free(spec);
    spec = load(PARAM "{values: [a, b], probabilities: [0.300001, 0.7]}\n");
    param = spec->space->params;
    assert_true(fabs(param->probabilities[0] + param->probabilities[1] - 1) < 1e-15);
    hone_spec_free(spec);
}

static void test_command(void **state)
{
    (void)state;
    static const row rows[] = {
        {"program: t.py\ncommand: [python3, \"${program}\", \"${args}\"]\n", ""},
        {"program: t.py\ncommand: []\n", ""},
        {"program: t.py\ncommand: ~\n", ""},
        {"command: [python3, \"${program}\"]\n",
         "E 3:21 command uses ${program}, but there is no program; add `program: "
         "train.py`\n"},
        {"command: {a: b}\n",
         "E 3:10 command is a mapping; it is a list of arguments, or one text for the "
         "shell\n"},
    };
    CHECK("method: random\nparameters: {lr: {value: 1}}\n", rows);
}

/* Each element is looked at, and a string is one whose errors have a column in it. */
static void test_command_places(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line, column;
        hone_severity severity;
    } table[] = {
        {"command: [a, \"${foo}\"]\n", 3, 15, HONE_SEVERITY_WARNING},
        {"command: echo ${lrr}\n", 3, 15, HONE_SEVERITY_WARNING},
        {"command: echo ${a.b}\n", 3, 15, HONE_SEVERITY_ERROR},
        {"command: |\n  echo\n  echo ${a.b}\n", 5, 8, HONE_SEVERITY_ERROR},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[300];
        int code;
        snprintf(text, sizeof text, "method: random\nparameters: {lr: {value: 1}}\n%s",
                 table[i].text);
        hone_spec *spec = read_spec(text, &code);
        assert_int_equal(spec->diagnostics.n, 1);
        assert_int_equal(spec->diagnostics.items[0].line, table[i].line);
        assert_int_equal(spec->diagnostics.items[0].column, table[i].column);
        assert_int_equal(spec->diagnostics.items[0].severity, table[i].severity);
        hone_spec_free(spec);
    }
}

/* Both digests, of the meaning and of the space. */
typedef struct digests {
    char meaning[33], space[33];
} digests;

static digests digests_of(const char *text)
{
    digests of;
    hone_spec *spec = load(text);
    assert_int_equal(strlen(spec->digest), 32);
    assert_int_equal(strlen(spec->space_digest), 32);
    memcpy(of.meaning, spec->digest, 33);
    memcpy(of.space, spec->space_digest, 33);
    hone_spec_free(spec);
    return of;
}

/* Two texts with the same meaning and the same space, or not. */
static void test_digest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool same_meaning, same_space;
    } table[] = {
        {"method: random\nprogram: t.py\nparameters: {lr: {value: 1}}\n", true, true},
        {ONE "# remark\nname: other\nrun_cap: 3\nconcurrency: 9\ntimeout: 5\n", true,
         true},
        {BASE "parameters: {lr: {value: 2}}\n", true, false},
        {BASE "parameters: {lr: {value: \"1\"}}\n", true, false},
        {BASE "parameters: {lt: {value: 1}}\n", true, false},
        {ONE "seed: 1\n", true, false},
        {ONE "env: {A: 1}\n", false, true},
        {ONE "workdir: trial\n", false, true},
        {ONE "constraints: lr > 0\n", true, false},
        {ONE "metric: {name: loss}\n", false, true},
        {ONE "metrics: {loss: 'x(.)'}\n", false, true},
        {ONE "metrics: {loss: {goal: minimize}}\n", false, true},
        {ONE "command: [a]\n", false, true},
        {"method: grid\nprogram: t.py\nparameters: {lr: {value: 1}}\n", true, false},
    };
    const digests base = digests_of(ONE);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const digests other = digests_of(table[i].text);
        assert_int_equal(strcmp(base.meaning, other.meaning) == 0, table[i].same_meaning);
        assert_int_equal(strcmp(base.space, other.space) == 0, table[i].same_space);
    }
    assert_string_equal(digests_of(ONE "env: {A: 1, B: 2}\n").meaning,
                        digests_of(ONE "env: {B: 2, A: 1}\n").meaning);
    assert_string_equal(digests_of(PARAM "{values: [0.10]}\n").space,
                        digests_of(PARAM "{values: [0.1]}\n").space);
}

static void test_write(void **state)
{
    (void)state;
    int code;
    hone_buf out;
    hone_spec *spec = read_spec(BASE "parameters:\n\tlr: 1\n", &code);
    hone_buf_init(&out, 10000);
    hone_diagnostic_write(&out, "s.yaml", &spec->diagnostics.items[0]);
    assert_string_equal(hone_buf_text(&out),
                        "s.yaml:4:1: error: a tab; YAML is indented with spaces\n"
                        "    \tlr: 1\n"
                        "    ^\n");
    hone_spec_free(spec);
    hone_buf_reset(&out);
    spec = read_spec(PARAM "{min: 0, max: 1, scale: log} # \xc3\xa9\n", &code);
    hone_diagnostic_write(&out, "s.yaml", &spec->diagnostics.items[0]);
    assert_string_equal(hone_buf_text(&out),
                        "s.yaml:4:13: error: lr.min is 0; a log scale needs min > 0\n"
                        "      lr: {min: 0, max: 1, scale: log} # \xc3\xa9\n"
                        "                ^\n");
    hone_buf_release(&out);
    hone_spec_free(spec);
}

/* More than 100: the graver ones are kept, the others counted. */
static void test_many_diagnostics(void **state)
{
    (void)state;
    char *text = malloc(20000);
    assert_non_null(text);
    size_t len = (size_t)snprintf(text, 20000, "%s{values: [", PARAM);
    for (int i = 0; i < 150; i++)
        len += (size_t)snprintf(text + len, 20000 - len, "017, ");
    snprintf(text + len, 20000 - len, "]}\ninputs: 3\nmetrod: x\n");
    int code;
    hone_spec *spec = read_spec(text, &code);
    assert_int_equal(code, HONE_ESPEC);
    assert_int_equal(spec->diagnostics.n, 100);
    assert_true(spec->diagnostics.n_left_out > 50);
    const hone_diagnostic *items = spec->diagnostics.items;
    assert_int_equal(items[98].severity, HONE_SEVERITY_UNSUPPORTED);
    assert_int_equal(items[99].severity, HONE_SEVERITY_ERROR);
    for (uint32_t i = 1; i < 100; i++)
        assert_true(items[i - 1].line < items[i].line ||
                    items[i - 1].column <= items[i].column);
    hone_spec_free(spec);
    free(text);
}

/* A message shows the user's text, but never lets it command a terminal. */
static void test_hostile_text(void **state)
{
    (void)state;
    int code;
    hone_spec *spec = read_spec(ONE "executor: \"\\e[31m\\n\\u202e\"\n", &code);
    assert_int_equal(code, HONE_ESPEC);
    assert_string_equal(spec->diagnostics.items[0].text,
                        "executor is \"?[31m??\"; it is local or slurm");
    hone_spec_free(spec);
}

static void test_files(void **state)
{
    (void)state;
    char path[] = "/tmp/hone-spec-XXXXXX";
    hone_spec *spec = NULL;
    hone_error err = {0};
    assert_int_equal(hone_spec_read_file("/nonexistent/x.yaml", &spec, &err), HONE_EIO);
    assert_null(spec);
    assert_non_null(strstr(err.text, "/nonexistent/x.yaml"));
    assert_int_equal(hone_spec_read_file("/tmp", &spec, &err), HONE_EIO);
    assert_null(spec);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    /* 64 MB of nothing: refused by its size, not read. */
    assert_int_equal(ftruncate(fd, 64 * 1024 * 1024), 0);
    close(fd);
    assert_int_equal(hone_spec_read_file(path, &spec, &err), HONE_ESPEC);
    assert_string_equal(spec->diagnostics.items[0].text,
                        "the file is larger than 1 MiB, the limit for a spec");
    assert_string_equal(spec->path, path);
    hone_spec_free(spec);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(hone_spec_read_file(path, &spec, &err), HONE_ESPEC);
    hone_spec_free(spec);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_file),
        cmocka_unit_test(test_repeats),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_fidelity),
        cmocka_unit_test(test_pbt_goes_through_no_grid),
        cmocka_unit_test(test_fidelity_is_a_constant),
        cmocka_unit_test(test_promote),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_metric_errors),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_command_places),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_many_diagnostics),
        cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
