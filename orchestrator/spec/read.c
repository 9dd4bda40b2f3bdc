/* The sweep spec: from bytes to typed data, with everything that is wrong in one run.
 *
 *   hone_spec_read_file -> hone_spec_read -> hone_spec_free
 *
 *   YAML tree -> top-level keys -> parameters, conditions, constraints -> command ->
 * digest
 *
 * A spec and all that it points to live in one arena, which the spec's own block begins
 * with. Where a diagnostic is an error, the arena is kept for the diagnostics alone. */
#include <hone/spec.h>

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "spec/reader.h"
#include "base/banned.h"

enum { ARENA_MAX = 256 * 1024 * 1024 };
static const double default_grace_s = 10;
/* What another attempt may mend; a command that is not there stays away. */
static const uint32_t default_retry_reasons =
    HONE_REASON_BIT(HONE_REASON_EXIT) | HONE_REASON_BIT(HONE_REASON_SIGNAL) |
    HONE_REASON_BIT(HONE_REASON_TIMEOUT) | HONE_REASON_BIT(HONE_REASON_OUT_OF_MEMORY) |
    HONE_REASON_BIT(HONE_REASON_LOST);

/* What hone_spec_free gets back to. */
typedef struct owned_spec {
    hone_spec spec; /* first: the public pointer is one to this */
    hone_arena arena;
} owned_spec;

static const char *find_stem(hone_arena *arena, const char *path)
{
    const char *base = strrchr(path, '/');
    base = base != NULL ? base + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t len = dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base);
    if (strcmp(path, "-") == 0 || len == 0)
        return "sweep";
    return hone_arena_copy(arena, base, len < 120 ? len : 120);
}

/* The bytes behind a byte order mark, which libyaml would count as a column. */
static void skip_mark(hone_reader *reader)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (reader->len >= 3 && memcmp(reader->source, mark, 3) == 0) {
        reader->source += 3;
        reader->len -= 3;
    }
}

static void read_root(hone_reader *reader, const hone_node *root)
{
    if (root == NULL || hone_node_is_null(root)) {
        hone_diag_add(reader->diag, HONE_SEVERITY_ERROR, (hone_place){1, 1, 1},
                      "the spec is empty; it needs method and parameters");
        return;
    }
    if (root->kind != HONE_NODE_MAP) {
        hone_read_error(reader, root,
                        "a spec is a mapping: method: grid, parameters: ...");
        return;
    }
    reader->start = (hone_place){root->at.line, root->at.column, 1};
    hone_read_top(reader, root);
    hone_read_objectives(reader);
    hone_check_objectives(reader);
    hone_check_stop(reader);
    hone_check_repeats(reader);
    hone_check_early_terminate(reader);
    if (hone_read_parameters(reader))
        hone_read_command(reader);
}

static int read_text(hone_reader *reader)
{
    const hone_node *root = NULL;
    bool too_large = reader->len > (size_t)HONE_SPEC_MAX_BYTES + 3;
    if (!too_large)
        skip_mark(reader);
    if (too_large || reader->len > HONE_SPEC_MAX_BYTES) {
        hone_diag_add(reader->diag, HONE_SEVERITY_ERROR, (hone_place){1, 1, 1},
                      "the file is larger than 1 MiB, the limit for a spec");
        return 0;
    }
    int code =
        hone_yaml_parse(reader->source, reader->len, reader->arena, reader->diag, &root);
    if (code == 0)
        read_root(reader, root);
    if (code == HONE_ENOMEM || reader->no_memory || reader->diag->no_memory)
        return HONE_ENOMEM;
    if (code == 0 && reader->diag->n_errors == 0)
        return hone_spec_digest(reader->spec, &reader->later);
    return 0;
}

/* Leaves the name and the diagnostics, as the interface has it. */
static void strip_spec(hone_spec *spec)
{
    *spec = (hone_spec){
        .name = spec->name, .path = spec->path, .diagnostics = spec->diagnostics};
}

/* Whether the objective is to be found among what the built-in forms find. */
static bool is_left_to_forms(const hone_spec *spec)
{
    for (uint32_t i = 0; i < spec->n_rules; i++)
        if (spec->rules[i].pattern != NULL ||
            strcmp(spec->rules[i].metric, spec->objective.name) == 0)
            return false;
    return true;
}

/* Then it is asked for by its name, so that one is found which the forms would pass over
 * (`throughput: 1200 MB/s`). */
static int add_objective_rule(hone_spec *spec, hone_arena *arena)
{
    if (spec->objective.name == NULL || !is_left_to_forms(spec))
        return HONE_OK;
    hone_rule *rules = hone_arena_alloc(arena, (spec->n_rules + 1) * sizeof *rules);
    if (rules == NULL)
        return HONE_ENOMEM;
    if (spec->n_rules > 0)
        memcpy(rules, spec->rules, spec->n_rules * sizeof *rules);
    rules[spec->n_rules].metric = spec->objective.name;
    spec->rules = rules;
    spec->n_rules++;
    return HONE_OK;
}

static int fill_spec(owned_spec *owned, const char *path, const char *text, size_t len,
                     hone_error *err)
{
    hone_spec *spec = &owned->spec;
    hone_diag *diag = calloc(1, sizeof *diag);
    hone_reader reader = {.arena = &owned->arena, .diag = diag, .spec = spec};
    /* A text over the limit is refused by its length; its bytes are not needed. */
    size_t kept = len <= (size_t)HONE_SPEC_MAX_BYTES + 3 ? len : 0;
    spec->path = hone_arena_copy(reader.arena, path, strlen(path));
    spec->source = hone_arena_copy(reader.arena, text, kept);
    spec->source_len = kept;
    spec->name = find_stem(reader.arena, path);
    spec->grace_s = default_grace_s;
    spec->retry.reasons = default_retry_reasons;
    int code = HONE_ENOMEM;
    if (diag != NULL && spec->path != NULL && spec->source != NULL &&
        spec->name != NULL) {
        reader.source = spec->source;
        reader.len = len;
        hone_diag_init(diag, reader.arena, spec->source, kept);
        code = read_text(&reader);
    }
    if (code == 0) {
        diag->source = reader.source;
        diag->len = kept == 0 ? 0 : reader.len;
        code = hone_diag_finish(diag, &spec->diagnostics);
    }
    if (code == 0 && diag->n_errors > 0) {
        strip_spec(spec);
        code = hone_error_set(err, HONE_ESPEC, "%s is not valid: %u error%s", path,
                              diag->n_errors, diag->n_errors == 1 ? "" : "s");
    } else if (code == 0) {
        code = add_objective_rule(spec, reader.arena);
    }
    free(diag);
    return code;
}

int hone_spec_read(const char *path, const char *text, size_t len, hone_spec **out,
                   hone_error *err)
{
    *out = NULL;
    owned_spec *owned = calloc(1, sizeof *owned);
    if (owned == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %s", path);
    hone_arena_init(&owned->arena, ARENA_MAX);
    int code = fill_spec(owned, path, text, len, err);
    if (code == HONE_ENOMEM) {
        hone_spec_free(&owned->spec);
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %s", path);
    }
    *out = &owned->spec;
    return code;
}

void hone_spec_free(hone_spec *spec)
{
    if (spec == NULL)
        return;
    owned_spec *owned = (owned_spec *)spec;
    hone_arena arena = owned->arena;
    hone_arena_release(&arena);
    free(owned);
}

/* Reads up to one byte more than a spec may have, whatever the file's size is. */
static int read_stream(FILE *file, const char *path, char **out, size_t *len,
                       hone_error *err)
{
    const size_t max = (size_t)HONE_SPEC_MAX_BYTES + 3 + 1;
    char *text = malloc(max);
    if (text == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %s", path);
    errno = 0;
    *len = fread(text, 1, max, file);
    if (ferror(file)) {
        free(text);
        return hone_error_set(err, HONE_EIO, "%s cannot be read: %s", path,
                              strerror(errno));
    }
    *out = text;
    return 0;
}

int hone_spec_read_file(const char *path, hone_spec **out, hone_error *err)
{
    char *text = NULL;
    size_t len = 0;
    bool is_stdin = strcmp(path, "-") == 0;
    *out = NULL;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    if (file == NULL)
        return hone_error_set(err, HONE_EIO, "%s cannot be opened: %s", path,
                              strerror(errno));
    int code = read_stream(file, path, &text, &len, err);
    if (!is_stdin)
        fclose(file);
    if (code == 0)
        code = hone_spec_read(path, text, len, out, err);
    free(text);
    return code;
}
