/* Mappings as JSON and Python print them: {"loss": 0.1, "val": {"acc": .9}},
 * {'f1': np.float64(0.5), 'x': nan}. */
#ifndef HONE_OUTPUT_DICT_H
#define HONE_OUTPUT_DICT_H

#include "output/finds.h"
#include "output/scan.h"

/* What is told of a mapping. */
typedef enum hone_dict_mode {
    HONE_DICT_OUTPUT,  /* in a program's output: only what may be a metric */
    HONE_DICT_METRICS, /* in the metrics file: every number */
    HONE_DICT_NOTHING  /* settings: nothing */
} hone_dict_mode;

/* Reads the mapping whose `{` is at `at` and adds its numbers; nested names are joined by
 * dots, except that `metrics` gives no prefix. {"name": "loss", "value": 0.1} is loss.
 * Returns the byte after its `}`, or NULL (and adds nothing) where it is no mapping. */
const char *hone_dict_scan(const char *at, const char *end, hone_dict_mode mode,
                           const hone_wanted *wanted, hone_finds *finds);

#endif
