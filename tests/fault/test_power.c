/* The power is lost at each moment of a sweep: what was shown is not lost, and going on
 * gives what an undisturbed run would have given.
 *
 * The orchestrator, its keepers, the commands and the `hone trials` that some of them run
 * are recorded while they work on the files of the store (disk_recorder.c), once. Then,
 * for a moment between two of their operations, the store is made anew as a disk may have
 * it after the power went away there: everything that is synced, and of all else as much
 * as the case says (disk_image.h has the model). The machine has then been started again:
 * nothing runs, and the boot id is another. `hone resume` (where there was no store yet
 * `hone run`) must come to the end, with
 *
 * - every trial that had been told as completed, by progress or by `hone trials`, left
 *   alone: it is not run again, and has the same result and numbers;
 * - every other one run at most once more, as another attempt;
 * - no number lost or doubled, and a database that passes its check.
 *
 * With HONE_SOAK set for all moments; then the resumed sweep is recorded in its turn, and
 * the power lost in it again. */
#include "disk_image.h"
#include "fault_record.h"

enum { TOLD_BYTES = 256 * 1024, STARTS_BYTES = 8192, BOOTS = 3 };

/* What one hand has recorded; its cases are built in the same box, since a record has
 * paths in it. */
static struct recording {
    struct box box;
    struct image run, resumed;
    char starts[STARTS_BYTES]; /* as the recorded run left them */
    bool made;
} recording;

static unsigned n_cases; /* of the present kind */

static const char *const boots[BOOTS] = {"00000000-0000-4000-8000-000000000001",
                                         "00000000-0000-4000-8000-000000000002",
                                         "00000000-0000-4000-8000-000000000003"};

/* ---- the sweep ---- */

static void boot(const struct recording *now, int number)
{
    setenv("LD_PRELOAD", HONE_RECORDER, 1);
    setenv("HONE_BOOT", boots[number], 1);
    setenv("HONE_DISK_BOX", now->box.dir, 1);
}

/* The trials say what `hone trials` tells them, too. */
static void make_sweep(struct recording *now)
{
    char path[512];
    box_make(&now->box, BOX_TRIALS);
    snprintf(path, sizeof path, "%s/trial.sh", now->box.dir);
    FILE *script = fopen(path, "ae");
    if (script == NULL)
        image_fail(path);
    fprintf(script,
            "[ -d \"$HONE_CHECKPOINT_DIR\" ] || exit 9\n"
            "case $1 in 4 | 6)\n"
            "    seen=$('%s' trials --csv --columns number,status)\n"
            "    printf '%%s\\n' \"$seen\" >>seen ;;\n"
            "esac\n",
            HONE_PROGRAM);
    fclose(script);
}

static void read_starts(const struct recording *now, char starts[static STARTS_BYTES])
{
    char path[512];
    snprintf(path, sizeof path, "%s/starts", now->box.dir);
    FILE *file = fopen(path, "re");
    size_t n = file != NULL ? fread(starts, 1, STARTS_BYTES - 1, file) : 0;
    starts[n] = '\0';
    if (file != NULL)
        fclose(file);
}

/* Runs the whole sweep with its operations written down. */
static bool record_run(struct recording *now)
{
    int status;
    make_sweep(now);
    boot(now, 0);
    image_open(&now->run, now->box.dir, "log");
    image_open(&now->resumed, now->box.dir, "log2");
    setenv("HONE_DISK_LOG", now->run.log_path, 1);
    bool good = box_hone(&now->box, NULL, &status, "run", "sweep.yaml", "-j2", NULL);
    good = good && (status == 0 || box_fail(&now->box, "status %#x: %.900s",
                                            (unsigned)status, now->box.out));
    good = good && box_settle(&now->box);
    unsetenv("HONE_DISK_LOG");
    good = good && box_verify(&now->box);
    read_starts(now, now->starts);
    image_load(&now->run);
    now->box.reruns = true;
    now->made = good;
    return good;
}

/* The box of a failed case is kept; the hand goes on with another. */
static bool drop_recording(struct recording *now, bool good, const char *title)
{
    now->made = false;
    image_close(&now->run);
    image_close(&now->resumed);
    return box_end_case(&now->box, good, title);
}

static bool end_case(struct recording *now, bool good, unsigned index, const char *title)
{
    enum { HANDS = 2 }; /* of box_run_cases */
    if (good && index + HANDS < n_cases)
        return true;
    return drop_recording(now, good, title);
}

/* ---- one loss ---- */

/* Whether `told` says that a trial has completed: "trial 3 completed..." by progress,
 * "3,completed" by `hone trials`. */
static bool was_told(const char *told, int trial)
{
    char progress[40], row[40];
    snprintf(progress, sizeof progress, "trial %d completed", trial);
    snprintf(row, sizeof row, "\n%d,completed", trial);
    return strstr(told, progress) != NULL || strstr(told, row) != NULL;
}

/* The starts that the resumed sweep has added. */
static bool check_runs(struct recording *now, const char *told, size_t before)
{
    struct box *box = &now->box;
    int n[BOX_TRIALS + 1] = {0}, trial, attempt, x, used;
    static char text[STARTS_BYTES];
    read_starts(now, text);
    size_t len = strlen(text);
    for (const char *at = text + (len < before ? len : before);
         sscanf(at, "%d %d %d%n", &trial, &attempt, &x, &used) == 3; at += used)
        n[trial > 0 && trial <= BOX_TRIALS ? trial : 0]++;
    for (int i = 1; i <= BOX_TRIALS; i++) {
        if (n[i] > 0 && was_told(told, i))
            return box_fail(box, "trial %d had been told as completed, and is run again",
                            i);
        if (n[i] > 1)
            return box_fail(box, "trial %d is run %d times", i, n[i]);
    }
    return true;
}

/* What was printed may be lost, but what another trial has printed is never taken for it.
 */
static bool check_logs(struct box *box, int trial)
{
    char number[16], line[64];
    int status;
    snprintf(number, sizeof number, "%d", trial);
    snprintf(line, sizeof line, "final: %d\n", trial);
    if (!box_hone(box, NULL, &status, "logs", "--stdout", number, NULL))
        return false;
    const char *final = strstr(box->out, "final: ");
    bool good =
        status == 0 && (final == NULL || (strncmp(final, line, strlen(line)) == 0 &&
                                          strstr(final + 1, "final: ") == NULL));
    return good || box_fail(box, "the logs of trial %d: status %d, %.600s", trial,
                            WEXITSTATUS(status), box->out);
}

static void clear_box(struct box *box)
{
    char path[512];
    snprintf(path, sizeof path, "%s/.hone", box->dir);
    (void)nftw(path, box_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    box->why[0] = '\0';
}

typedef struct moment {
    unsigned at; /* the operation that did not happen any more */
    disk_fate fate;
    unsigned seed;
} moment;

static const char *fate_name(disk_fate fate)
{
    static const char *const names[] = {"nothing", "all", "some", "holes"};
    return names[fate];
}

/* The store after a loss, and the machine started anew. */
static void lose_power(struct recording *now, struct image *image, const moment *loss,
                       int next_boot)
{
    clear_box(&now->box);
    image_build(image, loss->at, loss->fate, loss->seed);
    boot(now, next_boot);
}

static bool go_on(struct recording *now, const char *told, const char *starts)
{
    struct box *box = &now->box;
    box_write(box, "starts", starts);
    return box_go_on(box) && box_settle(box) && box_verify(box) &&
           check_runs(now, told, strlen(starts)) &&
           check_logs(box, (int)(strlen(told) % BOX_TRIALS) + 1);
}

/* Which moments and fates the cases go through: all, or a few. */
static moment pick_moment(unsigned index, unsigned stride)
{
    enum { N_FATES = 5 };
    static const disk_fate fates[N_FATES] = {DISK_NOTHING, DISK_SOME, DISK_HOLES,
                                             DISK_SOME, DISK_ALL};
    unsigned at =
        stride == 1 ? index / N_FATES + 1 : (index + 1) * stride - index % stride;
    return (moment){.at = at, .fate = fates[index % N_FATES], .seed = index};
}

enum { STRIDE = 7 };

static bool lose_once(unsigned index)
{
    struct recording *now = &recording;
    static char told[TOLD_BYTES];
    char title[100];
    moment loss = pick_moment(index, box_soaking() ? 1 : STRIDE);
    if (!now->made && !record_run(now))
        return drop_recording(now, false, "recording");
    if (loss.at > now->run.n_ops)
        return end_case(now, true, index, "");
    snprintf(title, sizeof title, "loss before %u of %u, kept is %s, seed %u", loss.at,
             now->run.n_ops, fate_name(loss.fate), loss.seed);
    told[0] = '\0';
    image_told(&now->run, loss.at, told, sizeof told);
    lose_power(now, &now->run, &loss, 1);
    return end_case(now, go_on(now, told, now->starts), index, title);
}

/* ---- two losses ---- */

enum { FIRST_MOMENTS = 4, SECOND_STRIDE = 71 };

/* What goes on after the first loss is recorded, too. Returns how many operations there
 * are before it begins. */
static unsigned record_resumed(struct recording *now, bool *good)
{
    image_clear(&now->resumed);
    image_scan(&now->resumed);
    unsigned before = image_load(&now->resumed);
    box_write(&now->box, "starts", now->starts);
    setenv("HONE_DISK_LOG", now->resumed.log_path, 1);
    *good = box_go_on(&now->box) && box_settle(&now->box);
    unsetenv("HONE_DISK_LOG");
    *good = *good && box_verify(&now->box);
    image_load(&now->resumed);
    return before;
}

static bool lose_twice(unsigned index)
{
    struct recording *now = &recording;
    static char told[TOLD_BYTES], starts[STARTS_BYTES];
    char title[200];
    bool good;
    if (!now->made && !record_run(now))
        return drop_recording(now, false, "recording");
    moment first = pick_moment(index, 1);
    first.at = now->run.n_ops * (index % FIRST_MOMENTS + 2) / (FIRST_MOMENTS + 2);
    told[0] = '\0';
    image_told(&now->run, first.at, told, sizeof told);
    lose_power(now, &now->run, &first, 1);
    unsigned before = record_resumed(now, &good);
    read_starts(now, starts);
    unsigned n = now->resumed.n_ops - before;
    unsigned step = index / FIRST_MOMENTS * (box_soaking() ? 1 : SECOND_STRIDE);
    moment second = pick_moment(index / FIRST_MOMENTS, 1);
    second.at = before + 1 + step % (n > 0 ? n : 1);
    snprintf(title, sizeof title,
             "loss before %u of %u, kept is %s, seed %u; then before %u of %u, %s",
             first.at, now->run.n_ops, fate_name(first.fate), first.seed,
             second.at - before, n, fate_name(second.fate));
    if (!good)
        return end_case(now, false, index, title);
    image_told(&now->resumed, second.at, told, sizeof told);
    lose_power(now, &now->resumed, &second, 2);
    return end_case(now, go_on(now, told, starts), index, title);
}

/* Records and counts. */
static unsigned count_operations(void)
{
    struct recording *now = &recording;
    static char told[TOLD_BYTES];
    bool good = record_run(now);
    unsigned n = now->run.n_ops;
    image_told(&now->run, n, told, sizeof told);
    for (int i = 1; good && n > 0 && i <= BOX_TRIALS; i++)
        good = was_told(told, i) || box_fail(&now->box, "trial %d is not told", i);
    if (!drop_recording(now, good, "recording"))
        exit(EXIT_FAILURE);
    return n;
}

int main(void)
{
    enum { SKIPPED = 77 };
    box_enter();
    unsigned n = count_operations();
    if (n == 0) {
        printf("skipped: nothing can be put before the functions of this build\n");
        return SKIPPED;
    }
    printf("a sweep does %u things to its files\n", n);
    fflush(stdout);
    n_cases = box_soaking() ? 5 * n : n / STRIDE;
    int failed = box_run_all("loss of power", n_cases, lose_once);
    n_cases = box_soaking() ? FIRST_MOMENTS * n : FIRST_MOMENTS * n / SECOND_STRIDE;
    failed += box_run_all("loss of power while going on", n_cases, lose_twice);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
