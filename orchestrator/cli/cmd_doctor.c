/* hone doctor: whether the store is sound, versions, what this machine offers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <hone/hone.h>

#include "cli/argv.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/render.h"

enum { MAX_TEXT = 1024 * 1024, PAD = 10, MAX_GPUS = 128 };

/* What was found out; one struct for text and JSON. */
struct health {
    hone_buf dir;
    bool has_store;
    int store_rc; /* of opening and checking */
    hone_error store_err;
    int schema;
    const char *journal;
    uint32_t processors;
    int64_t memory, free_space; /* bytes, -1 unknown */
    int n_gpus;
    bool slurm;
    struct utsname machine;
};

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");
    char name[4096];
    while (path != NULL && *path != '\0') {
        size_t len = strcspn(path, ":");
        int n = snprintf(name, sizeof name, "%.*s/%s", (int)len, path, program);
        if (n > 0 && (size_t)n < sizeof name && access(name, X_OK) == 0) {
            return true;
        }
        path += len + (path[len] == ':');
    }
    return false;
}

static int count_gpus(void)
{
    char name[32];
    int n = 0;
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    if (visible != NULL) {
        for (const char *c = visible; *c != '\0'; c++) {
            n += *c == ',';
        }
        return visible[0] == '\0' ? 0 : n + 1;
    }
    for (int i = 0; i < MAX_GPUS; i++) {
        snprintf(name, sizeof name, "/dev/nvidia%d", i);
        n += access(name, F_OK) == 0;
    }
    return n;
}

static void inspect_machine(struct health *health)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    struct statvfs space;
    health->processors = hone_default_concurrency();
    health->memory = pages > 0 && page > 0 ? (int64_t)pages * page : -1;
    health->n_gpus = count_gpus();
    health->slurm = on_path("sbatch");
    health->free_space = -1;
    if (statvfs(health->has_store ? hone_buf_text(&health->dir) : ".", &space) == 0) {
        health->free_space = (int64_t)(space.f_bavail * space.f_frsize);
    }
    if (uname(&health->machine) != 0) {
        memset(&health->machine, 0, sizeof health->machine);
    }
}

static void inspect_store(struct health *health, const char *given)
{
    hone_store *store = NULL;
    hone_store_find_dir(&health->dir, given);
    int rc = hone_store_open(hone_buf_text(&health->dir), &store, &health->store_err);
    health->has_store = rc != HONE_ENOTFOUND;
    if (rc == HONE_OK) {
        rc = hone_store_check(store, &health->schema, &health->journal,
                              &health->store_err);
    }
    hone_store_close(store);
    /* A machine without a store is in good health, unless one was named. */
    health->store_rc = rc == HONE_ENOTFOUND && given == NULL ? HONE_OK : rc;
}

static void put_store(hone_buf *text, const struct health *health)
{
    hone_buf line;
    hone_buf_init(&line, MAX_TEXT);
    hone_buf_printf(&line, "%s: ", hone_buf_text(&health->dir));
    if (health->store_rc != HONE_OK) {
        hone_buf_puts(&line, health->store_err.text[0] != '\0'
                                 ? health->store_err.text
                                 : hone_error_text(health->store_rc));
    } else if (!health->has_store) {
        hone_buf_puts(&line, "not there yet");
    } else {
        hone_buf_printf(&line, "sound, schema %d, journal %s", health->schema,
                        health->journal != NULL ? health->journal : "?");
    }
    hone_render_field(text, "store", PAD, hone_buf_text(&line));
    hone_buf_reset(&line);
    hone_render_bytes(&line, health->free_space);
    hone_render_field(text, "free space", PAD, hone_buf_text(&line));
    hone_buf_release(&line);
}

static void put_text(hone_buf *text, const struct health *health)
{
    hone_buf line;
    hone_buf_init(&line, MAX_TEXT);
    hone_render_field(text, "hone", PAD, HONE_VERSION);
    hone_render_field(text, "built with", PAD, HONE_LIBRARIES);
    put_store(text, health);
    hone_buf_printf(&line, "%s %s, %s", health->machine.sysname, health->machine.release,
                    health->machine.machine);
    hone_render_field(text, "system", PAD, hone_buf_text(&line));
    hone_buf_reset(&line);
    hone_buf_printf(&line, "%u", health->processors);
    hone_render_field(text, "processors", PAD, hone_buf_text(&line));
    hone_buf_reset(&line);
    hone_render_bytes(&line, health->memory);
    hone_render_field(text, "memory", PAD, hone_buf_text(&line));
    hone_buf_reset(&line);
    hone_buf_printf(&line, "%d", health->n_gpus);
    hone_render_field(text, "gpus", PAD, hone_buf_text(&line));
    hone_render_field(text, "slurm", PAD, health->slurm ? "sbatch found" : "no");
    hone_buf_release(&line);
}

static void put_member(hone_json *json, const char *key, const char *text)
{
    hone_json_key(json, key);
    hone_json_text(json, text);
}

static void put_json(hone_buf *text, const struct health *health)
{
    hone_json json;
    hone_json_init(&json, text);
    hone_json_begin_object(&json);
    put_member(&json, "hone", HONE_VERSION);
    put_member(&json, "built_with", HONE_LIBRARIES);
    hone_json_key(&json, "store");
    hone_json_begin_object(&json);
    put_member(&json, "path", hone_buf_text(&health->dir));
    hone_json_key(&json, "exists");
    hone_json_bool(&json, health->has_store);
    hone_json_key(&json, "sound");
    hone_json_bool(&json, health->store_rc == HONE_OK);
    put_member(&json, "error",
               health->store_rc == HONE_OK ? NULL : health->store_err.text);
    hone_json_key(&json, "schema");
    hone_json_int(&json, health->schema);
    put_member(&json, "journal", health->journal);
    hone_json_key(&json, "free_space");
    hone_json_int(&json, health->free_space);
    hone_json_end(&json);
    put_member(&json, "system", health->machine.sysname);
    put_member(&json, "release", health->machine.release);
    put_member(&json, "machine", health->machine.machine);
    hone_json_key(&json, "processors");
    hone_json_int(&json, health->processors);
    hone_json_key(&json, "memory");
    hone_json_int(&json, health->memory);
    hone_json_key(&json, "gpus");
    hone_json_int(&json, health->n_gpus);
    hone_json_key(&json, "slurm");
    hone_json_bool(&json, health->slurm);
    hone_json_end(&json);
    hone_buf_putc(text, '\n');
}

static int run(const struct args *args)
{
    struct health health = {.schema = 0};
    struct out out;
    hone_buf text;
    if (hone_out_open(&out, NULL, NULL) != HONE_OK) {
        return EXIT_FAILED;
    }
    hone_buf_init(&health.dir, MAX_TEXT);
    hone_buf_init(&text, MAX_TEXT);
    inspect_store(&health, hone_args_text(args, "store"));
    inspect_machine(&health);
    if (hone_args_has(args, "json")) {
        put_json(&text, &health);
    } else {
        put_text(&text, &health);
    }
    hone_out_buf(&out, &text);
    hone_buf_release(&text);
    hone_buf_release(&health.dir);
    int status = EXIT_DONE;
    if (health.store_rc != HONE_OK) {
        hone_exit_error(&health.store_err, health.store_rc);
        status = EXIT_STORE;
    }
    return hone_out_close(&out, status);
}

static const hone_option options_table[] = {OPTION_JSON, OPTION_STORE, OPTION_END};

const struct command hone_cmd_doctor = {
    .name = "doctor",
    .synopsis = "",
    .summary = "store integrity, versions, what this machine offers",
    .options = options_table,
    .details = "The exit status is 3 where the store is damaged or cannot be used.",
    .run = run};
