/* How good the searches are: hone's strategies over functions whose minimum, or what
 * other engines reach, is known.
 *
 *   bench_quality [--strategies a,b] [--functions f,g] [--trials 300] [--seeds 15]
 *       [--first-seed 0] [--parallel K] [--jobs 2] [--json FILE] [--baseline FILE]...
 *       [--against ENGINE] [--quick]
 *   bench_quality --list | --list-strategies | --serve | --latency [--strategies a,b]
 *
 * A strategy is a name or {name: tpe, startup_trials: 20}. README.md says how it is
 * judged; --against sets one engine as the bar, by the end of its name. --quick: 5 seeds,
 * 100 trials. --serve answers other programs (serve.h). */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "report.h"
#include "serve.h"

#include "base/banned.h"

enum { METHODS_MAX = 16, FUNCTIONS_MAX = 64, SEEDS_MAX = QUALITY_VALUES_MAX };

typedef enum run_mode {
    MODE_RUN,
    MODE_LIST,
    MODE_LIST_STRATEGIES,
    MODE_SERVE,
    MODE_LATENCY
} run_mode;

typedef struct bench_arguments {
    run_mode mode;
    uint32_t n_methods, n_functions;
    const char *methods[METHODS_MAX];
    const quality_function *functions[FUNCTIONS_MAX];
    uint32_t trials, seeds, first_seed, parallel, jobs;
    const char *json, *against;
    quality_baseline *baseline; /* owned */
} bench_arguments;

static int complain(const char *what, const char *which)
{
    fprintf(stderr, "bench_quality: %s%s\n", what, which);
    return 2;
}

/* Cuts `text` at commas outside braces. */
static uint32_t cut_list(char *text, const char **items, uint32_t max)
{
    uint32_t n = 0;
    int depth = 0;
    for (char *at = text; n < max && *at != '\0';) {
        items[n++] = at;
        for (; *at != '\0' && (*at != ',' || depth > 0); at++)
            depth += *at == '{' ? 1 : *at == '}' ? -1 : 0;
        if (*at == ',')
            *at++ = '\0';
    }
    return n;
}

static int read_functions(bench_arguments *arguments, char *text)
{
    const char *names[FUNCTIONS_MAX];
    arguments->n_functions = cut_list(text, names, FUNCTIONS_MAX);
    for (uint32_t i = 0; i < arguments->n_functions; i++) {
        arguments->functions[i] = quality_function_find(names[i]);
        if (arguments->functions[i] == NULL)
            return complain("no function ", names[i]);
    }
    return 0;
}

static int read_count(const char *text, uint32_t low, uint32_t high, uint32_t *count)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*end != '\0' || end == text || value < low || value > high)
        return complain("bad number ", text);
    *count = (uint32_t)value;
    return 0;
}

static int read_baseline(bench_arguments *arguments, const char *path)
{
    hone_error err = {0};
    if (quality_baseline_read(arguments->baseline, path, &err) != 0)
        return complain(err.text, "");
    return 0;
}

enum {
    OPTION_STRATEGIES = 's',
    OPTION_FUNCTIONS = 'f',
    OPTION_TRIALS = 't',
    OPTION_SEEDS = 'n',
    OPTION_FIRST_SEED = 'o',
    OPTION_PARALLEL = 'p',
    OPTION_JOBS = 'j',
    OPTION_JSON = 'J',
    OPTION_BASELINE = 'b',
    OPTION_AGAINST = 'a',
    OPTION_QUICK = 'q',
    OPTION_LIST = 'l',
    OPTION_LIST_STRATEGIES = 'i',
    OPTION_SERVE = 'S',
    OPTION_LATENCY = 'L'
};

static int read_option(bench_arguments *arguments, int option, char *value)
{
    switch (option) {
    case OPTION_STRATEGIES:
        arguments->n_methods = cut_list(value, arguments->methods, METHODS_MAX);
        return 0;
    case OPTION_FUNCTIONS:
        return read_functions(arguments, value);
    case OPTION_TRIALS:
        return read_count(value, 1, 100000, &arguments->trials);
    case OPTION_SEEDS:
        return read_count(value, 1, SEEDS_MAX, &arguments->seeds);
    case OPTION_FIRST_SEED:
        return read_count(value, 0, 1000000, &arguments->first_seed);
    case OPTION_PARALLEL:
        return read_count(value, 1, 1000, &arguments->parallel);
    case OPTION_JOBS:
        return read_count(value, 1, 256, &arguments->jobs);
    case OPTION_JSON:
        arguments->json = value;
        return 0;
    case OPTION_BASELINE:
        return read_baseline(arguments, value);
    case OPTION_AGAINST:
        arguments->against = value;
        return 0;
    case OPTION_QUICK:
        arguments->seeds = 5;
        arguments->trials = 100;
        return 0;
    case OPTION_LIST:
        arguments->mode = MODE_LIST;
        return 0;
    case OPTION_LIST_STRATEGIES:
        arguments->mode = MODE_LIST_STRATEGIES;
        return 0;
    case OPTION_SERVE:
        arguments->mode = MODE_SERVE;
        return 0;
    case OPTION_LATENCY:
        arguments->mode = MODE_LATENCY;
        return 0;
    default:
        return 2;
    }
}

static int read_arguments(bench_arguments *arguments, int argc, char **argv)
{
    static const struct option options[] = {
        {"strategies", required_argument, NULL, OPTION_STRATEGIES},
        {"functions", required_argument, NULL, OPTION_FUNCTIONS},
        {"trials", required_argument, NULL, OPTION_TRIALS},
        {"seeds", required_argument, NULL, OPTION_SEEDS},
        {"first-seed", required_argument, NULL, OPTION_FIRST_SEED},
        {"parallel", required_argument, NULL, OPTION_PARALLEL},
        {"jobs", required_argument, NULL, OPTION_JOBS},
        {"json", required_argument, NULL, OPTION_JSON},
        {"baseline", required_argument, NULL, OPTION_BASELINE},
        {"against", required_argument, NULL, OPTION_AGAINST},
        {"quick", no_argument, NULL, OPTION_QUICK},
        {"list", no_argument, NULL, OPTION_LIST},
        {"list-strategies", no_argument, NULL, OPTION_LIST_STRATEGIES},
        {"serve", no_argument, NULL, OPTION_SERVE},
        {"latency", no_argument, NULL, OPTION_LATENCY},
        {NULL, 0, NULL, 0}};
    int option, code = 0;
    while (code == 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        code = read_option(arguments, option, optarg);
    if (code == 0 && optind < argc)
        code = complain("unexpected argument ", argv[optind]);
    return code;
}

/* Every strategy that learns, and random search to compare with. */
static void choose_methods(bench_arguments *arguments)
{
    const hone_strategy *strategy;
    if (arguments->n_methods > 0)
        return;
    arguments->methods[arguments->n_methods++] = "random";
    for (uint32_t i = 0; (strategy = hone_strategy_at(i)) != NULL; i++)
        if ((strategy->traits & HONE_STRATEGY_ADAPTIVE) != 0 &&
            arguments->n_methods < METHODS_MAX)
            arguments->methods[arguments->n_methods++] = strategy->name;
}

static void choose_functions(bench_arguments *arguments)
{
    if (arguments->n_functions > 0)
        return;
    const quality_function *function;
    while (arguments->n_functions < FUNCTIONS_MAX &&
           (function = quality_function_at(arguments->n_functions)) != NULL)
        arguments->functions[arguments->n_functions++] = function;
}

static void fill_tasks(const bench_arguments *arguments, quality_task *tasks)
{
    for (uint32_t f = 0; f < arguments->n_functions; f++)
        for (uint32_t m = 0; m < arguments->n_methods; m++)
            for (uint32_t s = 0; s < arguments->seeds; s++)
                *tasks++ = (quality_task){.function = arguments->functions[f],
                                          .method = arguments->methods[m],
                                          .seed = arguments->first_seed + s,
                                          .trials = arguments->trials,
                                          .parallel = arguments->parallel};
}

static int report(const bench_arguments *arguments, const quality_result *results)
{
    quality_outcome outcome = {.n_functions = arguments->n_functions,
                               .n_methods = arguments->n_methods,
                               .n_seeds = arguments->seeds,
                               .trials = arguments->trials,
                               .functions = arguments->functions,
                               .methods = arguments->methods,
                               .results = results,
                               .against = arguments->against};
    quality_report(stdout, &outcome, arguments->baseline);
    if (arguments->json != NULL && !quality_report_json(arguments->json, &outcome))
        return complain("cannot write ", arguments->json);
    return 0;
}

static int run(const bench_arguments *arguments)
{
    uint32_t n = arguments->n_functions * arguments->n_methods * arguments->seeds;
    quality_task *tasks = calloc(n + (size_t)1, sizeof *tasks);
    quality_result *results = quality_results_make(n);
    int code = 1;
    if (tasks != NULL && results != NULL) {
        fill_tasks(arguments, tasks);
        if (quality_pool_run(tasks, results, n, arguments->jobs))
            code = report(arguments, results);
        else
            complain("cannot start a process", "");
    }
    quality_results_free(results, n);
    free(tasks);
    return code;
}

static int list(const bench_arguments *arguments)
{
    for (uint32_t i = 0; i < arguments->n_functions; i++)
        printf("%-14s %-22.17g %s\n", arguments->functions[i]->name,
               arguments->functions[i]->minimum, arguments->functions[i]->summary);
    return 0;
}

/* Milliseconds for a suggestion after 1000 trials over five real parameters. */
static int measure(const bench_arguments *arguments)
{
    for (uint32_t m = 0; m < arguments->n_methods; m++) {
        quality_task task = {.function = quality_function_find("rosenbrock5"),
                             .method = arguments->methods[m],
                             .parallel = 1};
        quality_latency latency;
        hone_error err = {0};
        if (quality_measure_latency(&task, 1000, 64, &latency, &err) != 0)
            return complain(err.text, "");
        printf("%s first %.4f mean %.4f\n", arguments->methods[m], latency.first_ms,
               latency.mean_ms);
    }
    return 0;
}

/* Those that run where none are named, as --strategies takes them. */
static int list_strategies(const bench_arguments *arguments)
{
    for (uint32_t m = 0; m < arguments->n_methods; m++)
        printf("%s%s", m > 0 ? "," : "", arguments->methods[m]);
    putchar('\n');
    return 0;
}

static int act(const bench_arguments *arguments)
{
    switch (arguments->mode) {
    case MODE_LIST:
        return list(arguments);
    case MODE_LIST_STRATEGIES:
        return list_strategies(arguments);
    case MODE_SERVE:
        return quality_serve(stdin, stdout);
    case MODE_LATENCY:
        return measure(arguments);
    case MODE_RUN:
    default:
        return run(arguments);
    }
}

int main(int argc, char **argv)
{
    bench_arguments arguments = {.trials = 300, .seeds = 15, .parallel = 1, .jobs = 2};
    arguments.baseline = quality_baseline_make();
    if (arguments.baseline == NULL)
        return complain("out of memory", "");
    int code = read_arguments(&arguments, argc, argv);
    choose_methods(&arguments);
    choose_functions(&arguments);
    if (code == 0)
        code = act(&arguments);
    quality_baseline_free(arguments.baseline);
    return code;
}
