/* The seats of a sweep: which slot the next trial is put on, and which places (slots, or
 * GPUs where those are handed out) are not used because they break what is put on them.
 * Pure.
 *
 *   init  (seize claim)*  (take | give)*  release
 *
 * A place that has failed BAD_STREAK trials in a row is suspected. It is set aside, for
 * the rest of the run, when this cannot well be chance: when trials elsewhere end well
 * enough that one such streak is to be expected at most LUCK times among as many trials
 * as have ended. As long as nothing has ended elsewhere that could tell, and something
 * runs there, it waits: a broken GPU fails trials in seconds that take hours on a sound
 * one. The last place is never set aside. */
#ifndef HONE_ENGINE_SEATS_H
#define HONE_ENGINE_SEATS_H

#include "engine/devices.h"

typedef enum hone_seat_news {
    HONE_SEAT_WELL,   /* the trial ended well */
    HONE_SEAT_BADLY,  /* it failed in a way that a broken place may cause */
    HONE_SEAT_NOTHING /* it tells nothing */
} hone_seat_news;

/* Ends, and how many of them bad. */
typedef struct hone_seat_count {
    uint64_t n, bad;
} hone_seat_count;

typedef struct hone_place {
    uint32_t streak; /* bad ends in a row */
    uint32_t n_busy;
    bool aside;
    hone_seat_count here;   /* in this run */
    hone_seat_count before; /* what it was elsewhere when the streak began */
} hone_place;

typedef struct hone_seats {
    hone_devices *devices; /* borrowed; NULL: nothing is handed out */
    uint32_t *free;        /* a stack of slots, the lowest on top at the start */
    uint32_t n_free, n_busy;
    hone_place *places; /* owned; `free` and `shut` are in the same block */
    bool *shut;         /* by place: scratch */
    uint32_t n_places, n_aside, n_suspects;
    hone_seat_count all;
    char said[200]; /* of the last place that was set aside */
} hone_seats;

/* Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_seats_init(hone_seats *seats, uint32_t n_slots,
                                    hone_devices *devices);
void hone_seats_release(hone_seats *seats);

/* A slot, with what belongs to it, for a trial; false where there is none now. */
bool hone_seats_take(hone_seats *seats, uint32_t *slot);
/* A slot with nothing, for an attempt that runs already; false where none is free. */
bool hone_seats_seize(hone_seats *seats, uint32_t *slot);
/* What the attempt on a seized slot has, by its placement (hone_devices_claim). */
void hone_seats_claim(hone_seats *seats, uint32_t slot, const char *placement);
/* The slot's trial has ended. True where a place is set aside now: seats->said. */
bool hone_seats_give(hone_seats *seats, uint32_t slot, hone_seat_news news);

#endif
