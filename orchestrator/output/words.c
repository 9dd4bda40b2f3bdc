/* The word list of the dialects and the questions asked of it. */
#include "output/words.h"

#include <assert.h>
#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "output/bytes.h"
#include "base/banned.h"

enum { WORD_MAX = 16 };

struct word {
    char text[WORD_MAX];
    uint8_t flags;
    uint8_t rank;
};

/* Lists by the first letter, so that a look-up compares a dozen words, not hundreds, and
 * those met most stand first. The capitals are the flags in words.h, the number is the
 * rank of a step. */
/* clang-format off */
enum {
    M = HONE_WORD_METRIC, S = HONE_WORD_STEP, X = HONE_WORD_STOP, U = HONE_WORD_UNIT,
    J = HONE_WORD_JOINT, C = HONE_WORD_CONFIG, A = HONE_WORD_ATTRIBUTE,
    B = HONE_WORD_ABOUT
};
static const struct word words_a[] = {
    {"acc", M, 0}, {"accuracy", M, 0}, {"a", J, 0}, {"acc1", M, 0}, {"acc5", M, 0},
    {"achieved", J, 0}, {"address", X, 0}, {"after", J, 0}, {"aic", M, 0}, {"an", J, 0},
    {"and", J, 0}, {"ap", M, 0}, {"ar", M, 0}, {"args", C, 0}, {"arguments", C, 0},
    {"at", J, 0}, {"auc", M, 0}, {"aucpr", M, 0}, {"auprc", M, 0}, {"auroc", M, 0},
};
static const struct word words_b[] = {
    {"b", U, 0}, {"batch", U, 0}, {"batches", U, 0}, {"bce", M, 0}, {"best", B, 0},
    {"bic", M, 0}, {"bleu", M, 0}, {"bpb", M, 0}, {"bpc", M, 0}, {"bps", X, 0},
    {"brier", M, 0}, {"build", X, 0}, {"by", J, 0}, {"byte", U, 0}, {"bytes", X | U, 0},
};
static const struct word words_c[] = {
    {"counter", S, 2}, {"current_epoch", S, 1}, {"c", U, 0}, {"ce", M, 0}, {"cer", M, 0},
    {"cfg", C, 0}, {"class", A, 0}, {"classes", U, 0}, {"cm", U, 0}, {"code", X, 0},
    {"columns", U, 0}, {"commit", X, 0}, {"config", C, 0}, {"configuration", C, 0},
    {"copyright", X, 0}, {"cores", U, 0}, {"corr", M, 0}, {"correlation", M, 0},
    {"cost", M, 0}, {"count", A, 0}, {"cp", A, 0}, {"cpus", U, 0}, {"critical", J, 0},
    {"crossentropy", M, 0}, {"cuda", X, 0}, {"cudnn", X, 0},
};
static const struct word words_d[] = {
    {"d", U, 0}, {"date", A, 0}, {"day", X | U, 0}, {"days", U, 0}, {"debug", J, 0},
    {"deviance", M, 0}, {"device", X, 0}, {"dice", M, 0}, {"distortion", M, 0},
    {"divergence", M, 0}, {"documents", U, 0}, {"download", X, 0}, {"downloading", X, 0},
    {"downloads", X, 0},
};
static const struct word words_e[] = {
    {"ep", S, 1}, {"ep.", S, 1}, {"episode", S, 1}, {"epoch", S | U, 1}, {"early", B, 0},
    {"elbo", M, 0}, {"energy", M, 0}, {"entropy", M, 0}, {"epochs", U | X, 0},
    {"err", M, 0}, {"errno", X, 0}, {"error", M, 0}, {"errors", M, 0}, {"eta", X, 0},
    {"example", U, 0}, {"examples", U, 0}, {"exit", X, 0}, {"extracting", X, 0},
};
static const struct word words_f[] = {
    {"f", U, 0}, {"f1", M, 0}, {"fatal", J, 0}, {"features", U | A, 0}, {"fid", M, 0},
    {"file", X | U, 0}, {"files", X | U, 0}, {"fitness", M, 0}, {"flops", A, 0},
    {"folds", U, 0}, {"fps", X, 0}, {"frames", U, 0}, {"from", J, 0}, {"fscore", M, 0},
};
static const struct word words_g[] = {
    {"global_step", S, 3}, {"globalstep", S, 3}, {"gen", S, 1}, {"generation", S, 1},
    {"gave", J, 0}, {"gb", U, 0}, {"ghz", U, 0}, {"gib", U, 0}, {"gid", X, 0},
    {"gives", J, 0}, {"gnorm", M, 0}, {"got", J, 0}, {"gpu", X, 0},
    {"gpu_mem", X | A, 0}, {"gpus", U, 0}, {"grad", M, 0},
};
static const struct word words_h[] = {
    {"h", U, 0}, {"has", J, 0}, {"hash", X, 0}, {"having", J, 0}, {"hinge", M, 0},
    {"host", X, 0}, {"hour", U, 0}, {"hours", X | U, 0}, {"hparams", C, 0}, {"hr", U, 0},
    {"hrs", U, 0}, {"http", X, 0}, {"https", X, 0}, {"hyperparameters", C, 0},
    {"hyperparams", C, 0}, {"hz", U, 0},
};
static const struct word words_i[] = {
    {"iter", S, 2}, {"iter_num", S, 2}, {"iteration", S | U, 2}, {"itr", S, 2},
    {"id", X | A, 0}, {"image", U, 0}, {"images", U | A, 0}, {"img_size", A, 0},
    {"in", J, 0}, {"index", A, 0}, {"inertia", M, 0}, {"info", J, 0},
    {"instances", A, 0}, {"iou", M, 0}, {"ip", X, 0}, {"ips", X, 0}, {"is", J, 0},
    {"it", U, 0}, {"item", U, 0}, {"items", U, 0}, {"iterations", U | X, 0},
};
static const struct word words_j[] = {
    {"jaccard", M, 0}, {"jax", X, 0}, {"jobs", U, 0},
};
static const struct word words_k[] = {
    {"k", U, 0}, {"kappa", M, 0}, {"kb", U, 0}, {"kbps", U, 0}, {"kib", U, 0},
    {"kl", M, 0}, {"kld", M, 0}, {"kwargs", C, 0},
};
static const struct word words_l[] = {
    {"loss", M, 0}, {"lr", M, 0}, {"l1", M, 0}, {"l2", M, 0}, {"label", A, 0}, {"labels", A, 0}, {"las", M, 0},
    {"last", B, 0}, {"layer", A, 0}, {"learn", M, 0}, {"leaves", U, 0},
    {"likelihood", M, 0}, {"line", X | U, 0}, {"lineno", X, 0}, {"lines", U, 0},
    {"loaded", X, 0}, {"loading", X, 0}, {"localhost", X, 0}, {"loglik", M, 0},
    {"logloss", M, 0}, {"losses", M, 0},
};
static const struct word words_m[] = {
    {"mad", M, 0}, {"mae", M, 0}, {"map", M, 0}, {"mape", M, 0}, {"max", B, 0},
    {"max_mem", X, 0}, {"mb", U, 0}, {"mbps", U, 0}, {"mcc", M, 0}, {"mem", X, 0},
    {"memory", X, 0}, {"merror", M, 0}, {"meteor", M, 0}, {"metric", M, 0},
    {"mhz", U, 0}, {"mib", U, 0}, {"min", U | B, 0}, {"mins", U, 0}, {"minute", U, 0},
    {"minutes", X | U, 0}, {"miou", M, 0}, {"mlogloss", M, 0}, {"mm", U, 0},
    {"model", A, 0}, {"month", X, 0}, {"mrr", M, 0}, {"ms", U, 0}, {"mse", M, 0},
    {"msec", U, 0},
};
static const struct word words_n[] = {
    {"num_steps", S, 3}, {"num_updates", S, 3}, {"nsplit", S, 1}, {"n", X | B, 0},
    {"name", A, 0}, {"ndcg", M, 0}, {"new", J, 0}, {"nll", M, 0}, {"node", X, 0},
    {"notice", J, 0}, {"ns", U, 0}, {"num", B, 0}, {"numpy", X, 0},
};
static const struct word words_o[] = {
    {"obj", M, 0}, {"objective", M, 0}, {"objf", M, 0}, {"options", C, 0},
};
static const struct word words_p[] = {
    {"param", U | C, 0}, {"parameters", U | C, 0}, {"params", U | C | A, 0},
    {"pearson", M, 0}, {"percent", X, 0}, {"perf", M, 0}, {"performance", M, 0},
    {"perplexity", M, 0}, {"pid", X, 0}, {"pixels", U, 0}, {"port", X, 0},
    {"ppid", X, 0}, {"ppl", M, 0}, {"prauc", M, 0}, {"precision", M, 0},
    {"predict", A, 0}, {"processes", U, 0}, {"processing", X, 0}, {"progress", X, 0},
    {"psnr", M, 0}, {"purity", M, 0}, {"px", U, 0}, {"python", X, 0}, {"pytorch", X, 0},
};
static const struct word words_q[] = {
    {"qps", X, 0}, {"quality", M, 0},
};
static const struct word words_r[] = {
    {"round", S, 1}, {"r2", M, 0}, {"ram", X, 0}, {"rank", X, 0}, {"reached", J, 0},
    {"recall", M, 0}, {"records", U, 0}, {"regret", M, 0}, {"release", X, 0},
    {"remaining", X | A, 0}, {"residual", M, 0}, {"return", M, 0}, {"returns", M, 0},
    {"rev", X, 0}, {"revision", X, 0}, {"reward", M, 0}, {"rewards", M, 0},
    {"rms", M, 0}, {"rmse", M, 0}, {"rmsle", M, 0}, {"roc", M, 0}, {"rouge", M, 0},
    {"row", U, 0}, {"rows", U, 0}, {"rss", M | X, 0},
};
static const struct word words_s[] = {
    {"step", S | U, 2}, {"s", U, 0}, {"sample", U, 0}, {"samples", U | A, 0},
    {"score", M, 0}, {"scores", M, 0}, {"sec", U, 0}, {"second", U, 0},
    {"seconds", X | U, 0}, {"secs", U, 0}, {"sensitivity", M, 0}, {"sentences", U, 0},
    {"settings", C, 0}, {"sha", X, 0}, {"signal", X, 0}, {"silhouette", M, 0},
    {"size", A, 0}, {"sklearn", X, 0}, {"smape", M, 0}, {"spearman", M, 0},
    {"specificity", M, 0}, {"speed", X, 0}, {"sse", M, 0}, {"ssim", M, 0},
    {"start", B, 0}, {"status", X, 0}, {"steps", U | X, 0}, {"support", A, 0},
};
static const struct word words_t[] = {
    {"total_timesteps", S, 3}, {"timestep", S, 2}, {"timesteps", S, 2}, {"trial", S, 1},
    {"tasks", U, 0}, {"tb", U, 0}, {"tensorflow", X, 0}, {"ter", M, 0}, {"the", J, 0},
    {"then", J, 0}, {"threads", U, 0}, {"throughput", X, 0}, {"tib", U, 0},
    {"tid", X, 0}, {"time", U | A, 0}, {"times", U, 0}, {"timestamp", X, 0},
    {"token", U, 0}, {"tokens", U, 0}, {"top1", M, 0}, {"top5", M, 0}, {"torch", X, 0},
    {"total", B, 0}, {"tps", X, 0}, {"trace", J, 0}, {"trees", U, 0}, {"ts", X, 0},
    {"type", A, 0},
};
static const struct word words_u[] = {
    {"up.", S, 2}, {"update", S, 2}, {"uas", M, 0}, {"uid", X, 0}, {"upload", X, 0},
    {"uploading", X, 0}, {"ups", X, 0}, {"us", U, 0}, {"usec", U, 0}, {"uuid", X, 0},
};
static const struct word words_v[] = {
    {"v_num", X, 0}, {"ver", X, 0}, {"version", X, 0}, {"vram", X, 0},
};
static const struct word words_w[] = {
    {"w", U, 0}, {"warmup", B, 0}, {"warn", J, 0}, {"warning", X | J, 0}, {"was", J, 0},
    {"watts", U, 0}, {"weight", A, 0}, {"wer", M, 0}, {"with", J, 0}, {"word", U, 0},
    {"words", U, 0}, {"worker", X, 0}, {"workers", X | U, 0}, {"wps", X, 0},
};
static const struct word words_x[] = {
    {"x", U, 0}, {"xent", M, 0}, {"xerror", M, 0},
};
static const struct word words_y[] = {
    {"year", X, 0},
};
#define LIST(letter, sieve)                                                              \
    {words_##letter, sizeof(words_##letter) / sizeof(struct word), UINT64_C(sieve)}
static const struct list {
    const struct word *words;
    size_t n;
    uint64_t sieve; /* sieve_bit() of each word */
} lists[26] = {
    LIST(a, 0x550c004300401aa0),
    LIST(b, 0x2216008000401b0e),
    LIST(c, 0x6e08322007431e2),
    LIST(d, 0x200020140803189),
    LIST(e, 0x240100001a86090a),
    LIST(f, 0xa0808000842102e),
    LIST(g, 0x230a1085000112d8),
    LIST(h, 0x5000240000401174),
    LIST(i, 0x650040210822305e),
    LIST(j, 0x80),
    LIST(k, 0x44b100000020080),
    LIST(l, 0x1a00000200423fa4),
    LIST(m, 0xb29e100008c102aa),
    LIST(n, 0x3a08040100040048),
    LIST(o, 0x600000000440000),
    LIST(p, 0x1d0808211a821944),
    LIST(q, 0x10000004),
    LIST(r, 0xf2040000005415e4),
    LIST(s, 0x6315000108c2349e),
    LIST(t, 0x621a1241214212a6),
    LIST(u, 0x218800000010000c),
    LIST(v, 0x20042),
    LIST(w, 0x1100000000455406),
    LIST(x, 0x2000000000010100),
    LIST(y, 0x40),
    {NULL, 0, 0},
};
#undef LIST
/* clang-format on */

static bool is_upper(char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static unsigned char to_lower(char byte)
{
    return (unsigned char)(is_upper(byte) ? byte | 0x20 : byte);
}

/* Most words that are in no list differ from all of it in length and last letter. */
static uint64_t sieve_bit(unsigned char last, size_t len)
{
    return UINT64_C(1) << ((last + 5 * len) & 63);
}

/* Eight bytes as a number, the first the lowest. */
static uint64_t load_bytes(const char *text)
{
    uint64_t bytes;
    memcpy(&bytes, text, sizeof(bytes));
    return le64toh(bytes);
}

/* The word in lower case, without underscores in front, among those of its letter. */
static const struct word *find_word(const char *text, size_t len)
{
    while (len > 0 && *text == '_') {
        text++;
        len--;
    }
    if (len == 0 || len >= WORD_MAX || !hone_is_byte(*text, HONE_BYTE_LETTER))
        return NULL;
    const struct list *list = &lists[to_lower(*text) - 'a'];
    if ((list->sieve & sieve_bit(to_lower(text[len - 1]), len)) == 0)
        return NULL;
    uint64_t key[2] = {0, 0};
    for (size_t i = 0; i < len; i++)
        key[i / 8] |= (uint64_t)to_lower(text[i]) << (i % 8 * 8);
    for (size_t i = 0; i < list->n; i++) {
        const struct word *word = &list->words[i];
        if (load_bytes(word->text) == key[0] && load_bytes(word->text + 8) == key[1])
            return word;
    }
    return NULL;
}

unsigned hone_word_flags(const char *text, size_t len)
{
    const struct word *word = find_word(text, len);
    return word != NULL ? word->flags : 0;
}

void hone_words_visit(unsigned flags,
                      void (*visit)(void *arg, const char *word, size_t len), void *arg)
{
    for (const struct list *list = lists; list->words != NULL; list++)
        for (size_t i = 0; i < list->n; i++)
            if ((list->words[i].flags & flags) != 0)
                visit(arg, list->words[i].text,
                      strnlen(list->words[i].text, sizeof(list->words[i].text)));
}

int hone_word_step_rank(const char *text, size_t len)
{
    if (len == 1 && *text == '#')
        return 2; /* a column of a table */
    const struct word *word = find_word(text, len);
    return word != NULL ? word->rank : 0;
}

static bool is_metric(const char *text, size_t len)
{
    return (hone_word_flags(text, len) & HONE_WORD_METRIC) != 0;
}

/* Parts of a run of letters and digits: f1 as it is, the letters of acc1, the humps of
 * valLoss. */
static bool run_is_metric(const char *run, size_t len)
{
    if (is_metric(run, len))
        return true;
    size_t letters = 0;
    while (letters < len && hone_is_byte(run[letters], HONE_BYTE_LETTER))
        letters++;
    if (letters < len && is_metric(run, letters))
        return true;
    for (size_t start = 0, i = 1; i <= letters; i++) {
        if (i < letters && !(is_upper(run[i]) && !is_upper(run[i - 1])))
            continue;
        if (i - start < letters && is_metric(run + start, i - start))
            return true;
        start = i;
    }
    return false;
}

bool hone_name_is_metric(const char *name, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t start = i;
        while (i < len && hone_is_byte(name[i], HONE_BYTE_LETTER | HONE_BYTE_DIGIT))
            i++;
        if (i > start && run_is_metric(name + start, i - start))
            return true;
        if (i == start)
            i++;
    }
    return false;
}

static bool has_part(const char *name, size_t len, const char *part)
{
    return memmem(name, len, part, strlen(part)) != NULL;
}

static size_t last_word_start(const char *name, size_t len, const char *separators)
{
    size_t start = len;
    while (start > 0 && strchr(separators, name[start - 1]) == NULL)
        start--;
    return start;
}

/* words/sec/thread, samples_per_second; but val/score and eval/step are names. */
static bool is_rate(const char *name, size_t len)
{
    if (memchr(name, 'p', len) != NULL &&
        (has_part(name, len, "per_sec") || has_part(name, len, "per sec") ||
         has_part(name, len, "per_step")))
        return true;
    const char *slash = memrchr(name, '/', len);
    if (slash == NULL)
        return false;
    size_t tail = len - (size_t)(slash + 1 - name);
    bool unit = (hone_word_flags(slash + 1, tail) & HONE_WORD_UNIT) != 0 &&
                hone_word_step_rank(slash + 1, tail) == 0;
    return unit || has_part(name, len, "/sec/");
}

bool hone_name_is_stop(const char *name, size_t len)
{
    assert(name != NULL);
    if (len == 0 || name[0] == '#')
        return true;
    if ((hone_word_flags(name, len) & HONE_WORD_STOP) != 0)
        return true;
    size_t start = last_word_start(name, len, " /._-");
    if ((hone_word_flags(name + start, len - start) &
         (HONE_WORD_STOP | HONE_WORD_STEP)) != 0)
        return true; /* model version; best epoch */
    const char *blank = memchr(name, ' ', len);
    if (blank != NULL && !hone_name_is_metric(name, len) &&
        (hone_word_flags(name, (size_t)(blank - name)) & HONE_WORD_STOP) != 0)
        return true;
    if (len > 10 && memcmp(name + 1, "umber of ", 9) == 0)
        return true;
    return is_rate(name, len);
}

static bool is_about_steps(const char *name, size_t len)
{
    for (size_t start = 0, i = 0; i <= len; i++) {
        if (i < len && memchr(" _-/", name[i], 4) == NULL)
            continue;
        if ((hone_word_flags(name + start, i - start) & HONE_WORD_ABOUT) != 0)
            return true;
        start = i + 1;
    }
    return false;
}

int hone_name_step_rank(const char *name, size_t len)
{
    int rank = hone_word_step_rank(name, len);
    if (rank != 0)
        return rank;
    size_t start = last_word_start(name, len, " /");
    rank = start == 0 ? 0 : hone_word_step_rank(name + start, len - start);
    return rank != 0 && is_about_steps(name, start) ? 0 : rank;
}
