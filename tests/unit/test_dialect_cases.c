/* The dialects over a folder of seen formats (dialects/cases.jsonl in HONE_SHARED, or in
 * ../shared beside the sources); skipped where there is none.
 *
 * A wanted metric counts as found when one with the same value (and, where one is wanted,
 * the same step) is found, under its own name or under the name that the program prints:
 * `printed` below lists where a case calls it otherwise. Each found metric counts once.
 *
 * What is found beyond the wanted is fine where the program prints it as a quantity with
 * a name. It is false where its name or value is of a kind that no metric has: a rate, a
 * version, a time stamp, an index; or where it is not a number as printed (0,45). */
#include "metric_log.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FOUND_MAX = 200 };

struct found {
    char name[HONE_METRIC_NAME_MAX + 1];
    double value, step;
    bool has_step, used;
};

struct founds {
    struct found items[FOUND_MAX];
    size_t n;
};

struct score {
    size_t wanted, found, false_ones;
};

/* What a case calls a metric, and what its program prints. */
static const char *const printed[][3] = {
    {"absl-jax", "eval_loss", "loss"},
    {"absl-jax", "eval_accuracy", "accuracy"},
    {"fasttext-progress", "avg_loss", "avg.loss"},
    {"kaldi", "objf", "Overall average objective function for 'output'"},
    {"kaldi", "xent", "Overall average objective function for 'output-xent'"},
    {"lightgbm-cli", "train_auc", "training's auc"},
    {"lightgbm-cli", "valid_auc", "valid_1's auc"},
    {"marian", "cost", "Cost"},
    {"marian", "cross_entropy", "cross-entropy"},
    {"nanogpt", "val_loss", "val loss"},
    {"nanogpt", "iter_loss", "loss"},
    {"pytorch-imagenet-example", "acc1", "Acc@1"},
    {"pytorch-imagenet-example", "loss_avg", "Loss (avg)"},
    {"rpart-printcp", "root", "Root node error"},
    {"sklearn-gb-verbose", "train_loss", "Train Loss"},
    {"sklearn-gb-verbose", "oob_improve", "OOB Improve"},
    {"sklearn-sgd-verbose", "loss", "Avg. loss"},
    {"spacy-table", "ents_f", "ENTS_F"},
    {"spacy-table", "score", "SCORE"},
    {"svm-train", "cv", "Cross Validation Accuracy"},
    {"timbl", "accuracy", "overall accuracy"},
    {"ultralytics-table", "map", "mAP50-95"},
    {"xgboost-python", "eval", "eval-logloss"},
    {"xgboost-python", "train", "train-logloss"},
    {"yolov5-table", "map50", "mAP@.5"},
    {"yolov5-table", "map", "mAP@.5:.95"},
};

static const char *printed_name(const char *id, const char *name)
{
    for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++)
        if (strcmp(printed[i][0], id) == 0 && strcmp(printed[i][1], name) == 0)
            return printed[i][2];
    return name;
}

static void keep_metric(void *arg, const hone_metric *metric)
{
    struct founds *founds = arg;
    assert_true(founds->n < FOUND_MAX);
    struct found *found = &founds->items[founds->n++];
    *found = (struct found){
        .value = metric->value, .has_step = metric->has_step, .step = metric->step};
    memcpy(found->name, metric->name, metric->name_len);
}

static double number_of(const json_t *json)
{
    double value = NAN; /* the cases write "NaN" */
    if (json_is_number(json))
        value = json_number_value(json);
    return value;
}

static bool matches(const struct found *found, const char *name, const json_t *want)
{
    double value = number_of(json_object_get(want, "value"));
    const json_t *step = json_object_get(want, "step");
    bool same = found->value == value || (isnan(found->value) && isnan(value));
    return !found->used && same && strcmp(found->name, name) == 0 &&
           (step == NULL || (found->has_step && found->step == json_number_value(step)));
}

/* Kinds of numbers that are no metric, by the name they would have. */
static bool is_false(const struct found *found)
{
    static const char *const names[] = {
        "ts",    "eta",   "ETA", "v_num", "n", "step", "Iter",   "iter",     "epoch",
        "Epoch", "Ready", "C",   "gamma", "a", "b",    "Images", "Instances"};
    static const char *const parts[] = {"/s", "per_second", "Number of", "remaining"};
    if (found->value >= 1e9)
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(found->name, names[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strstr(found->name, parts[i]) != NULL)
            return true;
    return false;
}

static void find_all(const json_t *example, struct founds *founds)
{
    hone_extractor *extractor = make_extractor(NULL, 0);
    hone_stream stream;
    const char *source = json_string_value(json_object_get(example, "stream"));
    hone_source from =
        strcmp(source, "stderr") == 0 ? HONE_FROM_STDERR : HONE_FROM_STDOUT;
    hone_stream_init(&stream, extractor, from, NULL, 0);
    size_t i;
    json_t *line;
    founds->n = 0;
    json_array_foreach(json_object_get(example, "lines"), i, line)
    {
        const char *text = json_string_value(line);
        assert_int_equal(
            hone_stream_feed(&stream, text, strlen(text), keep_metric, founds), 0);
        assert_int_equal(hone_stream_feed(&stream, "\n", 1, keep_metric, founds), 0);
    }
    assert_int_equal(hone_stream_flush(&stream, keep_metric, founds), 0);
    hone_stream_release(&stream);
    hone_extractor_free(extractor);
}

static void score_case(const json_t *example, struct score *score)
{
    static const struct founds none;
    struct founds founds = none;
    const char *id = json_string_value(json_object_get(example, "id"));
    find_all(example, &founds);
    size_t i;
    json_t *want;
    json_array_foreach(json_object_get(example, "want"), i, want)
    {
        const char *name = json_string_value(json_object_get(want, "name"));
        size_t k = 0;
        while (k < founds.n && !matches(&founds.items[k], printed_name(id, name), want))
            k++;
        score->wanted++;
        if (k < founds.n) {
            founds.items[k].used = true;
            score->found++;
        } else {
            print_message("  not found: %s of %s\n", name, id);
        }
    }
    for (size_t k = 0; k < founds.n; k++) {
        if (founds.items[k].used || !is_false(&founds.items[k]))
            continue;
        score->false_ones++;
        print_error("  false: %s=%g of %s\n", founds.items[k].name, founds.items[k].value,
                    id);
    }
}

static FILE *open_cases(void)
{
    char path[4096];
    const char *folder = getenv("HONE_SHARED");
    snprintf(path, sizeof(path), "%s/dialects/cases.jsonl",
             folder != NULL ? folder : HONE_SOURCE_DIR "/../shared");
    return fopen(path, "r");
}

static void finds_nine_of_ten_wanted(void **state)
{
    (void)state;
    FILE *file = open_cases();
    if (file == NULL) {
        print_message("no folder of cases: skipped\n");
        skip();
    }
    struct score score = {0};
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    while ((len = getline(&line, &cap, file)) > 0) {
        json_t *example = json_loadb(line, (size_t)len, 0, NULL);
        assert_non_null(example);
        score_case(example, &score);
        json_decref(example);
    }
    free(line);
    fclose(file);
    print_message("found %zu of %zu wanted metrics, %zu false\n", score.found,
                  score.wanted, score.false_ones);
    assert_true(score.wanted > 0);
    assert_true(score.found * 10 >= score.wanted * 9);
    assert_int_equal(score.false_ones, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_nine_of_ten_wanted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
