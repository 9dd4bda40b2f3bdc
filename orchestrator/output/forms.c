/* What a number is by what stands before it.
 *
 *   hone_form_named       loss=0.5  loss = 0.5  loss: 0.5  acc: 9876/10000 (99%)
 *   hone_form_worded      val loss 0.5  step 3  the loss is 0.5
 *   hone_form_bracketed   [10]\tval-error:0.1  Epoch [3/10]
 *   hone_form_boxed       | loss | 0.5 |
 *   hone_form_average     Loss 6.90 (6.94)
 *   hone_form_bare        61:\tlearn 0.1  83.3% correct  a cell of a table
 *
 * The less a form says by itself, the more the name must: an operator makes nearly any
 * name a metric, a blank only one of the words in words.c. */
#include "output/forms.h"

#include <string.h>

#include "output/bytes.h"
#include "output/words.h"
#include "base/banned.h"

static bool is_wanted(const hone_scan *scan, hone_name name)
{
    return hone_wanted_has(scan->wanted, name.text, name.len);
}

enum { BEST_LOOK = 48 /* bytes before `value` that hold "Best is trial 123456" */ };

static inline bool is_word(hone_name name, const char *word)
{
    return name.len == strlen(word) && memcmp(name.text, word, name.len) == 0;
}

/* "Error: 404", "ValueError: 3": a whole number there is a code. */
static bool is_error_code(hone_name name, const hone_number *number)
{
    return number->whole && name.len >= 5 && number->value != 0 &&
           memcmp(name.text + name.len - 4, "rror", 4) == 0 &&
           memchr(name.text, ' ', name.len) == NULL &&
           memchr(name.text, '_', name.len) == NULL &&
           memchr(name.text, '-', name.len) == NULL;
}

static bool is_timestamp(hone_name name, double value)
{
    return value >= 1e9 && (memmem(name.text, name.len, "ime", 3) != NULL ||
                            memmem(name.text, name.len, "ate", 3) != NULL);
}

/* Optuna's "Best is trial 7 with value: 84.07" repeats what an older line said. */
static bool is_old_best(const hone_scan *scan, hone_name name)
{
    static const char best[] = "Best is trial ";
    size_t before = hone_text_len(scan->line, name.text);
    size_t look = before < BEST_LOOK ? before : BEST_LOOK;
    return is_word(name, "value") &&
           memmem(name.text - look, look, best, sizeof(best) - 1) != NULL;
}

static void add(hone_scan *scan, hone_name name, const hone_number *number)
{
    uint32_t before = scan->finds->n;
    hone_finds_add(scan->finds, name.text, name.len, number->value);
    if (scan->finds->n > before) /* a name that is too long adds nothing */
        scan->after_value = number->end;
}

/* Whether what follows lets `number` be the metric `name`. */
static bool accepts(const hone_scan *scan, bool metric, const hone_number *number,
                    hone_after tail)
{
    switch (tail) {
    case HONE_AFTER_END:
        return true;
    case HONE_AFTER_WORD:
    case HONE_AFTER_COLON:
    case HONE_AFTER_PERCENT:
        return metric || !number->whole;
    case HONE_AFTER_GLUED:
        return scan->boosted && number->end + 6 <= scan->end &&
               memcmp(number->end, "passed", 6) == 0;
    case HONE_AFTER_UNIT:
    case HONE_AFTER_RATIO:
    case HONE_AFTER_JUNK:
        break;
    }
    return false;
}

/* A step word with a number: whole and not part of something else. */
static void take_step(hone_scan *scan, int rank, const hone_number *number,
                      hone_after tail)
{
    if (!number->whole || tail == HONE_AFTER_GLUED || tail == HONE_AFTER_JUNK ||
        tail == HONE_AFTER_PERCENT || tail == HONE_AFTER_UNIT || number->value > 0x1p53)
        return;
    /* Step [100/600] begins again with each epoch, Epoch [3/10] does not. */
    int fine = tail == HONE_AFTER_RATIO && rank > 1 ? 0 : rank;
    hone_finds_step(scan->finds, number->value, fine);
    scan->finds->sticky = scan->finds->sticky || tail != HONE_AFTER_WORD;
}

void hone_form_named(hone_scan *scan, hone_name name, hone_number *number, hone_lead lead)
{
    hone_after tail = hone_after_judge(number->end, scan->end);
    int rank = name.text[0] == '#' ? 0 : hone_name_step_rank(name.text, name.len);
    bool wanted = scan->wanted->n > 0 && is_wanted(scan, name);
    if (rank > 0) {
        take_step(scan, rank, number, tail);
        if (!wanted)
            return;
    }
    if (wanted && (tail == HONE_AFTER_UNIT || tail == HONE_AFTER_GLUED)) {
        add(scan, name, number);
        return;
    }
    if (tail == HONE_AFTER_RATIO && hone_ratio_read(number->end, scan->end, number))
        tail = HONE_AFTER_END;
    bool metric = hone_name_is_metric(name.text, name.len);
    if (!accepts(scan, metric, number, tail))
        return;
    if (lead == HONE_LEAD_COLON_TIGHT && !scan->boosted &&
        !(metric && (!number->whole || memchr(name.text, '.', name.len) == NULL)))
        return;
    if (scan->calls > 0 && (!metric || is_word(name, "lr")))
        return;
    if (!wanted && (hone_name_is_stop(name.text, name.len) ||
                    is_timestamp(name, number->value) || is_old_best(scan, name)))
        return;
    if (!is_error_code(name, number))
        add(scan, name, number);
}

hone_name hone_form_name(hone_scan *scan, const char *name_end, hone_lead lead)
{
    const char *start = scan->line;
    if (lead == HONE_LEAD_EQUALS && (name_end == start || !hone_is_quote(name_end[-1])))
        return hone_name_word(start, name_end);
    if (name_end > start && hone_is_quote(name_end[-1])) {
        const char *open =
            name_end - 1 > start
                ? memrchr(start, name_end[-1], hone_text_len(start, name_end - 1))
                : NULL;
        if (open != NULL && open + 1 < name_end - 1)
            return (hone_name){open + 1, hone_text_len(open + 1, name_end - 1)};
        return (hone_name){0};
    }
    if (lead == HONE_LEAD_EQUALS_APART && name_end > start && name_end[-1] == ']') {
        const char *first = start;
        while (first < name_end && hone_is_blank(*first))
            first++;
        if (hone_text_len(first, name_end) > 17 &&
            (memcmp(first, "Average Precision", 17) == 0 ||
             memcmp(first, "Average Recall", 14) == 0)) {
            scan->finds->n = 0;
            return (hone_name){first, hone_text_len(first, name_end)};
        }
    }
    if (lead == HONE_LEAD_EQUALS_APART && name_end > start &&
        hone_is_digit(name_end[-1])) {
        /* Root node error: 54/146 = 0.37 */
        const char *ratio = name_end;
        while (ratio > start && (hone_is_digit(ratio[-1]) || ratio[-1] == '/'))
            ratio--;
        ratio = hone_skip_back(start, ratio);
        if (ratio > start && ratio[-1] == ':')
            name_end = hone_skip_back(start, ratio - 1);
    }
    return hone_name_phrase(start, name_end);
}

/* "objective function for 'output' is -0.08", "a loss of 0.3": the metric's word stands
 * somewhere in the phrase before the verb. */
static void take_stated(hone_scan *scan, const char *verb, hone_number *number)
{
    const char *name_end = hone_skip_back(scan->line, verb);
    if (number->whole || name_end == scan->line)
        return;
    hone_name name = {0};
    if (name_end[-1] == '\'') {
        /* the phrase goes on before the quoted part */
        const char *open =
            memrchr(scan->line, '\'', hone_text_len(scan->line, name_end - 1));
        if (open == NULL || open == scan->line)
            return;
        name = hone_name_phrase(scan->line, hone_skip_back(scan->line, open));
        name.len = name.text != NULL ? hone_text_len(name.text, name_end) : 0;
    } else {
        name = hone_name_phrase(scan->line, name_end);
    }
    hone_after tail = hone_after_judge(number->end, scan->end);
    if (name.len > 0 && hone_name_is_metric(name.text, name.len) &&
        !hone_name_is_stop(name.text, name.len) && accepts(scan, true, number, tail))
        add(scan, name, number);
}

hone_name hone_form_correct(const char *percent, const char *end)
{
    static const hone_name words[] = {{"correct", 7}, {"accuracy", 8}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = words[i].len;
        if (hone_text_len(percent, end) >= len + 2 && percent[1] == ' ' &&
            memcmp(percent + 2, words[i].text, len) == 0)
            return (hone_name){percent + 2, len};
    }
    return (hone_name){0};
}

static void take_correct(hone_scan *scan, const char *at, const char *percent)
{
    hone_name word = hone_form_correct(percent, scan->end);
    hone_number number;
    if (word.len > 0 && hone_number_scan(at, scan->end, &number) &&
        number.end == percent && !number.whole)
        add(scan, word, &number);
}

void hone_form_bare(hone_scan *scan, const char *at)
{
    const char *after = at + (hone_is_sign(*at) ? 1 : 0);
    if (after < scan->end && hone_is_letter(*after))
        after = hone_token_skip(after, scan->end); /* nan */
    while (after < scan->end && (hone_is_digit(*after) || *after == '.'))
        after++;
    if (after == scan->end || hone_is_blank(*after))
        scan->bare++;
    if (after == scan->end)
        return;
    if (*after == '%')
        take_correct(scan, at, after);
    hone_number number;
    if (at == scan->line && *after == ':' && after + 1 < scan->end && after[1] == '\t' &&
        hone_number_scan(at, scan->end, &number) && number.whole) {
        scan->boosted = true;
        take_step(scan, 2, &number, HONE_AFTER_COLON);
    }
}

/* Only small letters: no part of it can be another word. */
static bool is_plain_word(hone_name word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.text[i] < 'a' || word.text[i] > 'z')
            return false;
    return true;
}

/* "The loss is 0.5", "a loss of 0.5". */
static bool is_verb(hone_name word)
{
    return word.len == 2 && (is_word(word, "is") || is_word(word, "of"));
}

/* Whether a number behind the word may be a metric or a step. */
static bool leads(const hone_wanted *wanted, hone_name word)
{
    unsigned flags = hone_word_flags(word.text, word.len);
    return (flags & (HONE_WORD_METRIC | HONE_WORD_STEP)) != 0 || is_verb(word) ||
           hone_wanted_has(wanted, word.text, word.len) ||
           (!is_plain_word(word) && hone_name_is_metric(word.text, word.len));
}

bool hone_form_matters(const hone_wanted *wanted, hone_name word, const char *at,
                       const char *end)
{
    hone_number number;
    bool verb = is_verb(word);
    if ((!verb && !leads(wanted, word)) || !hone_number_scan(at, end, &number))
        return false;
    if (verb)
        return !number.whole;
    int rank = hone_word_step_rank(word.text, word.len);
    if (!number.whole)
        return rank == 0;
    hone_after tail = hone_after_judge(number.end, end);
    return rank > 0 ? tail != HONE_AFTER_WORD : tail == HONE_AFTER_END;
}

/* A word and a blank before the number: a metric or a step only by the word. Whole
 * numbers must end there: "error 12 occurred" is none. */
void hone_form_worded(hone_scan *scan, const char *name_end, const char *at)
{
    hone_name word = hone_name_last(scan->line, name_end);
    if (word.len == 0 || !hone_is_letter(word.text[0])) {
        if (word.len == 0 || word.text[0] != '#')
            hone_form_bare(scan, at);
        return;
    }
    hone_number number;
    if (!leads(scan->wanted, word) || !hone_number_scan(at, scan->end, &number))
        return;
    int rank = hone_word_step_rank(word.text, word.len);
    if (rank > 0) {
        take_step(scan, rank, &number, hone_after_judge(number.end, scan->end));
        return;
    }
    if (is_verb(word)) {
        take_stated(scan, word.text, &number);
        return;
    }
    hone_name name = hone_name_phrase(scan->line, name_end);
    hone_after tail = hone_after_judge(number.end, scan->end);
    if (name.len == 0 || (number.whole && tail != HONE_AFTER_END))
        return;
    if (number.whole && memmem(name.text, name.len, "rror", 4) != NULL)
        return;
    hone_form_named(scan, name, &number, HONE_LEAD_WORD);
}

void hone_form_bracketed(hone_scan *scan, const char *bracket_end, const char *at)
{
    hone_number number;
    if (!hone_number_scan(at, scan->end, &number) || !number.whole ||
        number.end == scan->end || !(*number.end == ']' || *number.end == '/'))
        return;
    const char *end = hone_skip_back(scan->line, bracket_end);
    bool first = end == scan->line || end[-1] == ']';
    bool tab =
        number.end + 1 < scan->end && number.end[0] == ']' && number.end[1] == '\t';
    if (first && tab) {
        scan->boosted = true;
        take_step(scan, 2, &number, HONE_AFTER_END);
        return;
    }
    if (end > scan->line && end[-1] == ':')
        end = hone_skip_back(scan->line, end - 1);
    hone_name word = hone_name_last(scan->line, end);
    int rank = hone_word_step_rank(word.text, word.len);
    if (rank > 0 && word.text[0] != '#')
        take_step(scan, rank, &number, hone_after_judge(number.end, scan->end));
}

void hone_form_boxed(hone_scan *scan, const char *bar_end, const char *at)
{
    hone_number number;
    bool ascii = bar_end[-1] == '|';
    size_t bar = ascii ? 1 : 3;
    const char *bar_text = bar_end - bar;
    const char *first = scan->line;
    while (first < bar_text && hone_is_blank(*first))
        first++;
    if (first + bar > bar_text || memcmp(first, bar_text, bar) != 0 ||
        !hone_number_scan(at, scan->end, &number))
        return;
    const char *name_at = first + bar;
    while (name_at < bar_text && hone_is_blank(*name_at))
        name_at++;
    hone_name name = {name_at, 0};
    const char *name_end = hone_skip_back(name_at, bar_text);
    name.len = hone_text_len(name_at, name_end);
    const char *rest = number.end;
    while (rest < scan->end && hone_is_blank(*rest))
        rest++;
    bool closed =
        hone_text_len(rest, scan->end) >= bar && memcmp(rest, bar_text, bar) == 0;
    rest += closed ? bar : 0;
    while (rest < scan->end && hone_is_blank(*rest))
        rest++;
    if (!closed || rest != scan->end || name.len == 0 || !hone_is_letter(name.text[0]) ||
        memmem(name.text, name.len, bar_text, bar) != NULL)
        return;
    hone_form_named(scan, name, &number, HONE_LEAD_PIPE);
}

bool hone_form_average(hone_scan *scan, const char *at)
{
    const char *open = hone_skip_back(scan->line, at);
    hone_number number;
    if (scan->after_value == NULL || open == scan->line || open[-1] != '(' ||
        hone_skip_back(scan->line, open - 1) != scan->after_value || open[-2] != ' ' ||
        !hone_number_scan(at, scan->end, &number) || number.whole)
        return false;
    const char *close = number.end;
    while (close < scan->end && *close == ' ')
        close++;
    const hone_find *last = &scan->finds->items[scan->finds->n - 1];
    if (close == scan->end || *close != ')' || last->name == NULL ||
        last->name_len > HONE_METRIC_NAME_MAX - 6 ||
        !hone_name_is_metric(last->name, last->name_len))
        return true;
    char name[HONE_METRIC_NAME_MAX];
    memcpy(name, last->name, last->name_len);
    memcpy(name + last->name_len, " (avg)", 6);
    hone_finds_add_copy(scan->finds, name, last->name_len + 6, number.value);
    return true;
}
