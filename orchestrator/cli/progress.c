/* The progress of a sweep.
 *
 * On a terminal a block of two lines is drawn again and again: counts with a bar, rate
 * and time left; below, the best so far. Messages scroll away above it. Elsewhere each
 * trial that ends is a line, and each new best, up to 40 in a spell of ten seconds; what
 * ends beyond that is summed up in one line of counts at the end of the spell. */
#include <math.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/render.h"

enum {
    MAX_BLOCK = 64 * 1024,
    BAR = 20,
    LEAST_FOR_BAR = 60,
    SPELL_S = 10,
    LINES_A_SPELL = 40
};

#define DOT   " \xc2\xb7 "
#define GREEN "\033[32m"
#define RED   "\033[31m"
#define PLAIN "\033[0m"

uint64_t hone_progress_ended(const uint64_t counts[HONE_N_STATUSES])
{
    return counts[HONE_STATUS_COMPLETED] + counts[HONE_STATUS_FAILED] +
           counts[HONE_STATUS_PRUNED] + counts[HONE_STATUS_CANCELLED];
}

void hone_progress_counts(hone_buf *out, const uint64_t counts[HONE_N_STATUSES],
                          uint64_t planned)
{
    static const hone_status shown[] = {HONE_STATUS_RUNNING, HONE_STATUS_FAILED,
                                        HONE_STATUS_PRUNED, HONE_STATUS_CANCELLED};
    hone_buf_printf(out, "%llu", (unsigned long long)hone_progress_ended(counts));
    if (planned != UINT64_MAX && planned >= hone_progress_ended(counts)) {
        hone_buf_printf(out, "/%llu", (unsigned long long)planned);
    }
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (counts[shown[i]] > 0) {
            hone_buf_printf(out, DOT "%llu %s", (unsigned long long)counts[shown[i]],
                            hone_status_text(shown[i]));
        }
    }
}

static void put_bar(hone_buf *out, const hone_progress *state, const struct term *term)
{
    uint64_t ended = hone_progress_ended(state->counts);
    if (state->planned == UINT64_MAX || state->planned == 0) {
        return;
    }
    double share = (double)ended / (double)state->planned;
    int full = share >= 1 ? BAR : (int)(share * BAR);
    hone_buf_puts(out, term->color ? GREEN : "");
    for (int i = 0; i < BAR; i++) {
        hone_buf_puts(out, i < full ? "\xe2\x96\x88" : "\xe2\x96\x91");
    }
    hone_buf_puts(out, term->color ? PLAIN " " : " ");
}

/* Rate and time left, each after a dot, where they are known. */
static void put_pace(hone_buf *out, const hone_progress *state)
{
    if (state->trials_per_s > 0) {
        double per_s = state->trials_per_s;
        if (per_s >= 1) {
            hone_buf_printf(out, DOT "%.1f/s", per_s);
        } else {
            hone_buf_printf(out, DOT "%.1f/min", per_s * 60);
        }
    }
    if (isfinite(state->left_s) && state->left_s > 0) {
        hone_buf_puts(out, DOT);
        hone_render_duration(out, state->left_s);
        hone_buf_puts(out, " left");
    }
    if (state->paused && state->interrupts == 0) {
        hone_buf_puts(out, DOT "paused");
    }
    if (state->interrupts > 0) {
        hone_buf_puts(out, state->interrupts == 1
                               ? DOT "ending: no more trials are started"
                               : DOT "ending: trials are being stopped");
    }
}

static void put_best(hone_buf *out, const hone_progress *state)
{
    if (state->best == 0) {
        return;
    }
    hone_buf_puts(out, "best ");
    if (state->objective != NULL) {
        hone_term_clean(out, state->objective, strlen(state->objective));
        hone_buf_putc(out, ' ');
    }
    hone_render_real(out, state->best_objective);
    if (isfinite(state->best_se)) {
        hone_buf_puts(out, " +- ");
        hone_render_real(out, state->best_se);
    }
    hone_buf_printf(out, " (trial %llu)  ", (unsigned long long)state->best);
    hone_term_clean(out, state->best_params, strlen(state->best_params));
}

void hone_progress_init(struct progress *progress, FILE *stream, enum verbosity verbosity)
{
    *progress = (struct progress){.stream = stream, .verbosity = verbosity};
    hone_term_inspect(&progress->term, stream);
}

void hone_progress_clear(struct progress *progress)
{
    if (progress->drawn > 0) {
        fprintf(progress->stream, "\r\033[%dA\033[J", progress->drawn);
        progress->drawn = 0;
        fflush(progress->stream);
    }
}

/* One line of the block, cut to the terminal: a line that wrapped could not be drawn
 * over. */
static void put_line(struct progress *progress, hone_buf *block, const hone_buf *line,
                     int extra)
{
    const char *text = hone_buf_text(line);
    size_t fit = hone_term_fit(text, line->len, progress->term.width - 1 + extra);
    hone_buf_add(block, text, fit);
    hone_buf_puts(block, "\033[K\n");
    progress->drawn++;
}

static void draw_block(struct progress *progress, const hone_progress *state)
{
    /* Colour codes take no columns, but hone_term_width counts their printable bytes. */
    const int invisible = progress->term.color ? (int)strlen(GREEN PLAIN) : 0;
    hone_buf block, line;
    hone_buf_init(&block, MAX_BLOCK);
    hone_buf_init(&line, MAX_BLOCK);
    if (progress->drawn > 0) {
        hone_buf_printf(&block, "\r\033[%dA", progress->drawn);
    }
    progress->drawn = 0;
    if (progress->term.width >= LEAST_FOR_BAR) {
        put_bar(&line, state, &progress->term);
    }
    hone_progress_counts(&line, state->counts, state->planned);
    put_pace(&line, state);
    put_line(progress, &block, &line,
             line.len > 0 && line.data[0] == '\033' ? invisible : 0);
    if (state->best != 0) {
        hone_buf_reset(&line);
        put_best(&line, state);
        put_line(progress, &block, &line, 0);
    }
    hone_buf_puts(&block, "\033[J");
    fputs(hone_buf_text(&block), progress->stream);
    fflush(progress->stream);
    hone_buf_release(&line);
    hone_buf_release(&block);
}

static void print_line(struct progress *progress, hone_buf *line)
{
    fprintf(progress->stream, "%s\n", hone_buf_text(line));
    hone_buf_reset(line);
    progress->n_lines++;
}

/* Off a terminal: each new best, and the counts where trials went unsaid. */
static void print_plain(struct progress *progress, const hone_progress *state)
{
    hone_buf line;
    bool quiet_spell = state->elapsed_s - progress->spell_s < SPELL_S;
    hone_buf_init(&line, MAX_BLOCK);
    if (state->best != 0 && state->best != progress->best_said &&
        progress->n_lines < LINES_A_SPELL) {
        progress->best_said = state->best;
        put_best(&line, state);
        print_line(progress, &line);
    }
    if (!quiet_spell && progress->n_unsaid > 0) {
        hone_progress_counts(&line, state->counts, state->planned);
        put_pace(&line, state);
        if (state->best != 0) {
            progress->best_said = state->best;
            hone_buf_puts(&line, DOT);
            put_best(&line, state);
        }
        print_line(progress, &line);
    }
    hone_buf_release(&line);
}

static void on_progress(void *arg, const hone_progress *state)
{
    struct progress *progress = arg;
    if (progress->verbosity == QUIET) {
        return;
    }
    if (progress->term.redraw) {
        draw_block(progress, state);
    } else {
        print_plain(progress, state);
    }
    if (state->elapsed_s - progress->spell_s >= SPELL_S) {
        progress->spell_s = state->elapsed_s;
        progress->n_lines = 0;
        progress->n_unsaid = 0;
    }
}

/* Why something failed: ": exit status 7". */
static void put_why(hone_buf *line, const hone_trial_info *trial)
{
    bool told = trial->detail != NULL && trial->detail[0] != '\0';
    const char *why = told ? trial->detail : hone_reason_text(trial->reason);
    hone_buf_puts(line, ": ");
    hone_term_clean(line, why, strlen(why));
}

/* An attempt that leaves its trial to be run again. */
static void put_again(hone_buf *line, const hone_trial_info *trial)
{
    if (trial->reason == HONE_REASON_INTERRUPTED) {
        hone_buf_printf(line, "trial %llu was ended and counts as not run",
                        (unsigned long long)trial->number);
        return;
    }
    if (trial->reason == HONE_REASON_NONE && trial->n_scores > 0) {
        double score = trial->scores[trial->n_scores - 1];
        hone_buf_printf(line, "trial %llu, repeat %u completed",
                        (unsigned long long)trial->number, trial->n_scores);
        hone_buf_puts(line, isnan(score) ? "" : ", objective ");
        if (!isnan(score)) {
            hone_render_real(line, score);
        }
        return;
    }
    hone_buf_printf(line, "trial %llu failed and is tried again (attempt %u)",
                    (unsigned long long)trial->number, trial->attempts);
    put_why(line, trial);
}

/* "trial 7 completed in 3.2 s, loss 0.12: lr=0.1". */
static void put_trial(hone_buf *line, const hone_trial_info *trial)
{
    if (trial->status == HONE_STATUS_PENDING) {
        put_again(line, trial);
        return;
    }
    hone_buf_printf(line, "trial %llu %s", (unsigned long long)trial->number,
                    hone_status_text(trial->status));
    if (trial->status == HONE_STATUS_COMPLETED && trial->has_objective) {
        hone_buf_puts(line, ", objective ");
        hone_render_objective(line, trial);
    }
    if (isfinite(trial->duration_s)) {
        hone_buf_puts(line, ", ");
        hone_render_duration(line, trial->duration_s);
    }
    if (trial->status == HONE_STATUS_FAILED || trial->status == HONE_STATUS_PRUNED) {
        put_why(line, trial);
    }
}

static void on_ended(void *arg, const hone_trial_info *trial)
{
    struct progress *progress = arg;
    bool failed = trial->status == HONE_STATUS_FAILED;
    /* A terminal shows the counts; what failed, and why, shall stand above them. */
    if (progress->verbosity == QUIET || (progress->term.redraw && !failed)) {
        return;
    }
    if (progress->n_lines >= LINES_A_SPELL) {
        progress->n_unsaid++;
        return;
    }
    progress->n_lines++;
    hone_buf line;
    hone_buf_init(&line, MAX_BLOCK);
    put_trial(&line, trial);
    hone_progress_clear(progress);
    if (failed && progress->term.color) {
        fprintf(progress->stream, RED "%s" PLAIN "\n", hone_buf_text(&line));
    } else {
        fprintf(progress->stream, "%s\n", hone_buf_text(&line));
    }
    hone_buf_release(&line);
}

static void on_message(void *arg, const char *text)
{
    struct progress *progress = arg;
    hone_buf line;
    hone_buf_init(&line, MAX_BLOCK);
    hone_term_clean(&line, text, strlen(text));
    hone_progress_clear(progress);
    bool whole = hone_buf_status(&line) == HONE_OK;
    fprintf(progress->stream, "hone: %s\n",
            whole ? hone_buf_text(&line) : "(out of memory for a message)");
    hone_buf_release(&line);
}

void hone_progress_observe(struct progress *progress, hone_sweep_observer *observer)
{
    *observer = (hone_sweep_observer){.progress = on_progress,
                                      .ended = on_ended,
                                      .message = on_message,
                                      .arg = progress};
}
