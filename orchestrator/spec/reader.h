/* What the readers of the parts of a spec share: one reader, its helpers for scalars, and
 * the table that says which keys a mapping may have.
 *
 * Helpers report what is wrong through the reader and return false (or NULL); the caller
 * goes on with the next key, so that one run finds everything. Running out of memory is
 * remembered in `no_memory` and checked once at the end. */
#ifndef HONE_SPEC_READER_H
#define HONE_SPEC_READER_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/spec.h>

#include "base/arena.h"
#include "spec/diag.h"
#include "spec/yaml.h"

typedef struct hone_draft hone_draft;

/* Nodes that are looked at only when everything else has been read. */
typedef struct hone_deferred {
    const hone_node *parameters, *constraints, *command, *order;
    const hone_node *metric_target, *stop_target, *stagnation, *improvement;
    const hone_node *early_terminate, *race, *fidelity;
    const hone_node *metrics, *other_goal; /* the last of the further objectives */
} hone_deferred;

typedef struct hone_reader {
    hone_arena *arena;
    hone_diag *diag;
    const char *source; /* the text as libyaml sees it, without a byte order mark */
    size_t len;
    hone_spec *spec;
    hone_place start;              /* of the spec, for what is missing in it */
    const hone_strategy *strategy; /* NULL: none, or not one that is built in */
    hone_deferred later;
    const hone_draft *drafts; /* the parameters, in the order of the space */
    uint32_t n_strangers;     /* unknown keys so far */
    bool no_memory;
} hone_reader;

/* Reads one value. `target` is what the table's owner reads into. */
typedef void (*hone_field_read)(hone_reader *reader, const hone_node *value,
                                void *target);

typedef enum hone_field_state {
    HONE_FIELD_READ,
    HONE_FIELD_LATER,   /* known, of a later release */
    HONE_FIELD_NOTHING, /* known, has no effect here; `note` says why, NULL: silently */
} hone_field_state;

typedef struct hone_field {
    const char *name; /* NULL ends a table */
    hone_field_state state;
    hone_field_read read; /* of READ; elsewhere NULL or a check */
    const char *note;
} hone_field;

/* What to do with an unknown key that is no near miss of a known one. */
typedef enum hone_stranger { HONE_STRANGER_WARNING, HONE_STRANGER_ERROR } hone_stranger;

/* Reads each pair of `map` by the table. `where` prefixes messages: "" or "stop." */
void hone_read_fields(hone_reader *reader, const hone_node *map, const hone_field *table,
                      const char *where, void *target);
/* Reports one key that the table lacks. */
void hone_read_stranger(hone_reader *reader, const hone_node *key,
                        const hone_field *table, const char *where,
                        hone_stranger otherwise);

void hone_read_error(hone_reader *reader, const hone_node *at, const char *format, ...)
    HONE_PRINTF(3, 4);
void hone_read_warning(hone_reader *reader, const hone_node *at, const char *format, ...)
    HONE_PRINTF(3, 4);
void hone_read_unsupported(hone_reader *reader, const hone_node *at, const char *format,
                           ...) HONE_PRINTF(3, 4);

/* Zeroed memory of the spec's arena, or NULL and no_memory. */
void *hone_read_alloc(hone_reader *reader, size_t size);
/* A formatted text of at most 1000 bytes in the arena; NULL where memory is out. */
const char *hone_read_format(hone_reader *reader, const char *format, ...)
    HONE_PRINTF(2, 3);

/* The node as a value: plain scalars typed by the dialect (what YAML 1.1 would type
 * otherwise is kept as text with a warning), lists and mappings nested. */
hone_value hone_read_value(hone_reader *reader, const hone_node *node, const char *what);
/* Whether the node is a null: ~, null, or nothing at all. */
bool hone_node_is_null(const hone_node *node);
/* "a list", "a mapping", "null", or the scalar's text cut at 40 bytes; for messages. */
const char *hone_node_show(const hone_node *node, char text[static 64]);

/* The text of a scalar, whatever it looks like; NULL, and an error, for other nodes and
 * for nothing. `what` names the key. */
const char *hone_read_text(hone_reader *reader, const hone_node *node, const char *what);
/* A finite number; quoted ones with a warning. *value keeps kind and spelling. */
bool hone_read_number(hone_reader *reader, const hone_node *node, const char *what,
                      hone_value *value);
/* An integer of at least `min`, at most 2^63 - 1. */
bool hone_read_count(hone_reader *reader, const hone_node *node, const char *what,
                     uint64_t min, uint64_t *count);
/* Seconds: a number >= 0, or a text such as 90s, 15m, 2h, 1d, 1h30m. */
bool hone_read_duration(hone_reader *reader, const hone_node *node, const char *what,
                        double *seconds);
/* One of `n` words; on failure an error with the nearest. Returns its index or -1. */
int hone_read_choice(hone_reader *reader, const hone_node *node, const char *what,
                     const char *const *words, int n);

/* A mapping whose keys are the options of a strategy or scheduler. */
typedef struct hone_option_reading {
    const hone_option *options; /* NULL: it has none */
    const char *what;           /* "method random", for messages */
    const char *passed_over;    /* a key that is no option */
    const char *passed_too;     /* another, or NULL */
} hone_option_reading;

/* The settings that are as they should be, in the order of the file. */
hone_settings hone_read_options(hone_reader *reader, const hone_node *map,
                                const hone_option_reading *reading);

/* ---- the parts, in the order in which hone_spec_read calls them ---- */

/* Every top-level key but those that are deferred. */
void hone_read_top(hone_reader *reader, const hone_node *root);
/* `method`: fields.c calls it for the key. */
void hone_read_method(hone_reader *reader, const hone_node *node, void *target);
/* `metric` and `metrics`, likewise; target is unused. */
void hone_read_metric(hone_reader *reader, const hone_node *node, void *target);
void hone_read_metrics(hone_reader *reader, const hone_node *node, void *target);
void hone_read_stop(hone_reader *reader, const hone_node *node, void *target);
void hone_read_resources(hone_reader *reader, const hone_node *node, void *target);
void hone_read_retries(hone_reader *reader, const hone_node *node, void *target);
void hone_read_retry_on(hone_reader *reader, const hone_node *node, void *target);
void hone_read_requeue_on(hone_reader *reader, const hone_node *node, void *target);
void hone_read_repeats(hone_reader *reader, const hone_node *node, void *target);
void hone_read_env(hone_reader *reader, const hone_node *node, void *target);
void hone_read_warm_start(hone_reader *reader, const hone_node *node, void *target);
void hone_read_early_terminate(hone_reader *reader, const hone_node *node, void *target);
/* `early_terminate`, as `metric` and `fidelity` have it. */
void hone_check_early_terminate(hone_reader *reader);
void hone_read_fidelity(hone_reader *reader, const hone_node *node, void *target);
/* What the promoter of spec->fidelity has to say of its settings. */
void hone_try_promoter(hone_reader *reader, const hone_node *at);
/* Makes the parameter that `fidelity` names, among those of the space, a constant. */
void hone_bind_fidelity(hone_reader *reader, hone_param *params, uint32_t n);
/* What `repeats` and `metric` say together. */
void hone_check_repeats(hone_reader *reader);
/* The objectives that `metric` and `metrics` name; before the other checks. */
void hone_read_objectives(hone_reader *reader);
/* What several objectives do not go together with; after all keys are read. */
void hone_check_objectives(hone_reader *reader);
/* What `stop` and `metric` say together. */
void hone_check_stop(hone_reader *reader);
/* spec->space from `parameters` and `constraints`; false where there is none. */
bool hone_read_parameters(hone_reader *reader);
/* spec->command; after the parameters. */
void hone_read_command(hone_reader *reader);
/* Fills spec->digest of a spec without errors. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_spec_digest(hone_spec *spec, const hone_deferred *nodes);

#endif
