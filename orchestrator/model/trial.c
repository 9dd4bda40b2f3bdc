#include <hone/trial.h>

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char *const status_words[HONE_N_STATUSES] = {
#define XX(name, text) text,
    HONE_STATUS_MAP(XX)
#undef XX
};

static const char *const reason_words[HONE_N_REASONS] = {
#define XX(name, text) text,
    HONE_REASON_MAP(XX)
#undef XX
};

static const char *const wish_words[HONE_N_WISHES] = {
#define XX(name, text) text,
    HONE_WISH_MAP(XX)
#undef XX
};

const char *hone_status_text(hone_status status)
{
    return (unsigned)status < HONE_N_STATUSES ? status_words[status] : NULL;
}

const char *hone_reason_text(hone_reason reason)
{
    return (unsigned)reason < HONE_N_REASONS ? reason_words[reason] : NULL;
}

const char *hone_wish_text(hone_wish wish)
{
    return (unsigned)wish < HONE_N_WISHES ? wish_words[wish] : NULL;
}

/* The index of `text` in `words`, -1 where it is not there. */
static int find_word(const char *const *words, int n, const char *text)
{
    for (int i = 0; i < n; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return -1;
}

bool hone_status_find(const char *text, hone_status *status)
{
    int i = find_word(status_words, HONE_N_STATUSES, text);
    if (i >= 0)
        *status = (hone_status)i;
    return i >= 0;
}

bool hone_reason_find(const char *text, hone_reason *reason)
{
    int i = find_word(reason_words, HONE_N_REASONS, text);
    if (i >= 0)
        *reason = (hone_reason)i;
    return i >= 0;
}

bool hone_wish_find(const char *text, hone_wish *wish)
{
    int i = find_word(wish_words, HONE_N_WISHES, text);
    if (i >= 0)
        *wish = (hone_wish)i;
    return i >= 0;
}

struct date {
    int64_t year;
    int month, day;
};

/* The Gregorian date of a day counted from 1970-01-01, either way. Years are counted from
 * March, so that the leap day is a year's last and months follow the pattern 31 30 31 30
 * 31 (153 days in five months) (H. Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static struct date date_of_day(int64_t day)
{
    enum { DAYS_400_YEARS = 146097, MARCH_0000_TO_1970 = 719468 };
    day += MARCH_0000_TO_1970;
    int64_t cycle = day / DAYS_400_YEARS - (day % DAYS_400_YEARS < 0);
    int in_cycle = (int)(day - cycle * DAYS_400_YEARS);
    int years = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
    int in_year = in_cycle - (365 * years + years / 4 - years / 100);
    int month = (5 * in_year + 2) / 153; /* 0 is March */
    assert(in_year >= 0 && in_year <= 365 && month < 12);
    return (struct date){
        .year = cycle * 400 + years + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = in_year - (153 * month + 2) / 5 + 1,
    };
}

size_t hone_time_write(hone_time time, char text[static HONE_TIME_TEXT])
{
    const int64_t second = 1000000, per_day = 86400 * second;
    text[0] = '\0';
    if (time == HONE_NO_TIME)
        return 0;
    int64_t day = time / per_day, micros = time % per_day;
    if (micros < 0) {
        day--;
        micros += per_day;
    }
    struct date date = date_of_day(day);
    int seconds = (int)(micros / second);
    int n = snprintf(text, HONE_TIME_TEXT, "%04lld-%02d-%02dT%02d:%02d:%02d.%06dZ",
                     (long long)date.year, date.month, date.day, seconds / 3600,
                     seconds / 60 % 60, seconds % 60, (int)(micros % second));
    assert(n > 0 && n < HONE_TIME_TEXT);
    return (size_t)n;
}

const char *hone_trial_folder_write(uint64_t number, uint32_t repeat,
                                    char text[static HONE_TRIAL_FOLDER])
{
    int len = snprintf(text, HONE_TRIAL_FOLDER, "trials/%" PRIu64, number);
    if (repeat > 1)
        snprintf(text + len, HONE_TRIAL_FOLDER - (size_t)len, ".%" PRIu32, repeat);
    return text;
}

uint32_t hone_trial_repeats(const hone_trial_info *trial)
{
    return trial->n_scores > 0 ? trial->n_scores : trial->has_objective ? 1 : 0;
}

hone_summary hone_trial_summary(const hone_trial_info *trial)
{
    return hone_summary_of(trial->n_scores, trial->scores);
}

double hone_trial_se(const hone_trial_info *trial)
{
    hone_summary summary = hone_trial_summary(trial);
    return hone_summary_se(&summary);
}
