/* What English and the habits of training programs say about a word: whether it names a
 * metric, counts steps, is a unit, and so on. The only list of words in the dialects. */
#ifndef HONE_OUTPUT_WORDS_H
#define HONE_OUTPUT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HONE_WORD_METRIC = 1,  /* loss, accuracy, rmse: a number beside it is a metric */
    HONE_WORD_STEP = 2,    /* step, epoch, iteration: a whole number beside it is one */
    HONE_WORD_STOP = 4,    /* version, pid, eta: a number beside it is no metric */
    HONE_WORD_UNIT = 8,    /* ms, GB, seconds: the number before it is no metric */
    HONE_WORD_JOINT = 16,  /* with, at, INFO: a name begins after it */
    HONE_WORD_CONFIG = 32, /* params, config: the mapping behind it holds settings */
    HONE_WORD_ATTRIBUTE = 64, /* label, size: a column of a table that is no metric */
    HONE_WORD_ABOUT = 128     /* best, max: a step behind it is not the line's */
};

/* Flags of one word, in any case; 0 for an unknown one. */
unsigned hone_word_flags(const char *word, size_t len);

/* Calls `visit` with each word that has one of `flags`. */
void hone_words_visit(unsigned flags,
                      void (*visit)(void *arg, const char *word, size_t len), void *arg);

/* How fine a step is: 1 counts passes (epoch), 2 counts inside or across them (step,
 * iteration), 3 says that it counts across (global_step). 0 for what is no step word. */
int hone_word_step_rank(const char *word, size_t len);

/* Whether a part of the name is a metric's word: val_loss, train-rmse, Acc@1, valLoss. */
bool hone_name_is_metric(const char *name, size_t len);

/* Whether the name says that its number is none: a rate (words/sec), a count (number of
 * files), or a stop word at its end (model version). */
bool hone_name_is_stop(const char *name, size_t len);

/* The step rank of a name: its whole's (global_step), or its last word's (train/epoch); 0
 * where the number is only about steps (best epoch). */
int hone_name_step_rank(const char *name, size_t len);

#endif
