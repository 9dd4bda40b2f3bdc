/* hone ls: the sweeps of a store. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/sweep_view.h"
#include "cli/target.h"
#include "cli/term.h"

enum { MAX_TEXT = 256 * 1024 * 1024 };

struct view {
    struct table table;
    hone_buf text, cell;
    hone_json json;
};

static int put_json(void *arg, const hone_sweep_info *sweep)
{
    struct view *view = arg;
    hone_json_begin_object(&view->json);
    hone_view_write_sweep(&view->json, sweep, hone_view_state(sweep));
    hone_json_key(&view->json, "best");
    if (sweep->best == 0) {
        hone_json_null(&view->json);
    } else {
        hone_json_begin_object(&view->json);
        hone_json_key(&view->json, "trial");
        hone_json_int(&view->json, (int64_t)sweep->best);
        hone_json_key(&view->json, "objective");
        hone_json_real(&view->json, sweep->best_objective);
        hone_json_end(&view->json);
    }
    hone_json_end(&view->json);
    return HONE_OK;
}

static void put_cell(struct view *view)
{
    hone_table_cell(&view->table, hone_buf_text(&view->cell));
    hone_buf_reset(&view->cell);
}

static int put_row(void *arg, const hone_sweep_info *sweep)
{
    struct view *view = arg;
    char time[HONE_TIME_TEXT];
    hone_table_cell(&view->table, sweep->name);
    hone_table_cell(&view->table, sweep->uid);
    hone_table_cell(&view->table, hone_view_state(sweep));
    hone_progress_counts(&view->cell, sweep->counts, sweep->planned);
    put_cell(view);
    if (sweep->best != 0) {
        hone_render_real(&view->cell, sweep->best_objective);
    }
    put_cell(view);
    hone_table_cell(&view->table, sweep->objective);
    hone_buf_add(&view->cell, time, hone_time_write(sweep->created_at, time));
    put_cell(view);
    return HONE_OK;
}

static void add_columns(struct view *view)
{
    hone_table_column(&view->table, "name", ALIGN_LEFT);
    hone_table_column(&view->table, "id", ALIGN_LEFT);
    hone_table_column(&view->table, "state", ALIGN_LEFT);
    hone_table_column(&view->table, "trials", ALIGN_LEFT);
    hone_table_column(&view->table, "best", ALIGN_RIGHT);
    hone_table_column(&view->table, "objective", ALIGN_LEFT);
    hone_table_column(&view->table, "created", ALIGN_LEFT);
}

static int fill(struct view *view, hone_store *store, enum form form, hone_error *err)
{
    if (form != FORM_JSON) {
        add_columns(view);
        return hone_store_sweeps(store, put_row, view, err);
    }
    hone_json_begin_array(&view->json);
    int rc = hone_store_sweeps(store, put_json, view, err);
    hone_json_end(&view->json);
    hone_buf_putc(&view->text, '\n');
    return rc;
}

static int list(hone_store *store, enum form form)
{
    struct out out;
    struct term term;
    struct view view;
    hone_error err = {.code = 0};
    if (hone_out_open(&out, NULL, NULL) != HONE_OK) {
        return EXIT_FAILED;
    }
    hone_term_inspect(&term, stdout);
    hone_table_init(&view.table);
    hone_buf_init(&view.text, MAX_TEXT);
    hone_buf_init(&view.cell, MAX_TEXT);
    hone_json_init(&view.json, &view.text);
    int rc = fill(&view, store, form, &err);
    if (rc == HONE_OK && form == FORM_JSON) {
        hone_out_buf(&out, &view.text);
    } else if (rc == HONE_OK) {
        hone_table_write(&view.table, &out, term.width);
    }
    hone_table_release(&view.table);
    hone_buf_release(&view.text);
    hone_buf_release(&view.cell);
    return hone_out_close(&out, rc == HONE_OK ? EXIT_DONE : hone_exit_error(&err, rc));
}

static int run(const struct args *args)
{
    struct target target;
    int status = hone_target_open_store(&target, args);
    if (status == EXIT_DONE) {
        status = list(target.store, hone_args_form(args));
    }
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {OPTION_JSON, OPTION_STORE, OPTION_END};

const struct command hone_cmd_ls = {.name = "ls",
                                    .synopsis = "",
                                    .summary = "the sweeps of the store",
                                    .options = options_table,
                                    .run = run};
