/* What the schedulers' answers have in common. */
#ifndef HONE_SCHEDULE_WHY_H
#define HONE_SCHEDULE_WHY_H

#include <hone/scheduler.h>

/* A comparison that a trial has lost. */
typedef struct hone_loss {
    double value, step, limit; /* smaller is better */
    const char *limit_name;    /* "the median", "the best third" */
    uint64_t n;                /* of so many values */
} hone_loss;

/* Rules STOP: "0.61 at step 9 is worse than 0.42, the median of 12 values". */
void hone_ruling_lost(hone_ruling *ruling, const hone_watch *watch,
                      const hone_loss *loss);
/* Rules STOP for a value that is no number: "nan at step 9 is no number". */
void hone_ruling_not_a_number(hone_ruling *ruling, double step);

/* "the best third", "the best quarter", "the best 1/7": what has to be reached. */
void hone_limit_name(double eta, size_t size, char text[]);

#endif
