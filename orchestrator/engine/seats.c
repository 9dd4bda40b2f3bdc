/* Choosing seats, and judging places by what has ended on them: see seats.h.
 *
 * The judgement compares a place's streak of bad ends with how often trials fail
 * elsewhere, over the whole run and since the streak began, whichever is worse. With p
 * for that, a streak of k and n ends in all, n * p^k such streaks are to be expected by
 * chance; at less than LUCK the place is broken. So in a sweep where half of all trials
 * fail it takes a dozen in a row, in one where hardly any does it takes three. */
#include "engine/seats.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAD_STREAK = 3, TELLING = 3 /* ends elsewhere that tell something */ };
static const double luck = 0.05;

int hone_seats_init(hone_seats *seats, uint32_t n_slots, hone_devices *devices)
{
    *seats = (hone_seats){.devices = devices};
    uint32_t n_places = devices != NULL ? hone_devices_places(devices) : 0;
    seats->n_places = n_places > 0 ? n_places : n_slots;
    /* One block, the strictest alignment first. */
    size_t for_places = seats->n_places * (sizeof(*seats->places) + sizeof(*seats->shut));
    seats->places = calloc(1, for_places + n_slots * sizeof(*seats->free));
    if (seats->places == NULL)
        return HONE_ENOMEM;
    seats->free = (uint32_t *)(seats->places + seats->n_places);
    seats->shut = (bool *)(seats->free + n_slots);
    for (uint32_t i = n_slots; i > 0; i--)
        seats->free[seats->n_free++] = i - 1;
    return HONE_OK;
}

void hone_seats_release(hone_seats *seats)
{
    free(seats->places);
    *seats = (hone_seats){.devices = NULL};
}

static bool has_gpus(const hone_seats *seats)
{
    return seats->devices != NULL && seats->devices->n_shares > 0;
}

static hone_place *find_place(hone_seats *seats, uint32_t slot)
{
    if (!has_gpus(seats))
        return &seats->places[slot];
    int place = hone_devices_place(seats->devices, slot);
    return place == HONE_NO_PLACE ? NULL : &seats->places[place];
}

/* ---- what is to be thought of a place ---- */

static hone_seat_count elsewhere(const hone_seats *seats, const hone_place *place)
{
    return (hone_seat_count){seats->all.n - place->here.n,
                             seats->all.bad - place->here.bad};
}

/* What has ended elsewhere since the streak began. */
static hone_seat_count meanwhile(const hone_seats *seats, const hone_place *place)
{
    hone_seat_count now = elsewhere(seats, place);
    return (hone_seat_count){now.n - place->before.n, now.bad - place->before.bad};
}

/* How often a trial may be taken to fail (Laplace's rule of succession). */
static double rate(hone_seat_count count)
{
    return ((double)count.bad + 1) / ((double)count.n + 2);
}

/* How many streaks like this one are to be expected by chance. */
static double expect_streaks(const hone_seats *seats, const hone_place *place,
                             double fails)
{
    double expected = (double)seats->all.n;
    for (uint32_t i = 0; i < place->streak && expected > 0; i++)
        expected *= fails;
    return expected;
}

/* Whether it is held back until something has ended elsewhere. */
static bool waits(const hone_seats *seats, const hone_place *place)
{
    hone_seat_count others = elsewhere(seats, place);
    if (place->streak < BAD_STREAK || seats->n_busy == place->n_busy ||
        meanwhile(seats, place).bad > 0)
        return false;
    return others.n < TELLING || expect_streaks(seats, place, rate(others)) < luck;
}

static bool is_broken(const hone_seats *seats, const hone_place *place)
{
    hone_seat_count since = meanwhile(seats, place);
    double fails = rate(elsewhere(seats, place));
    if (place->aside || place->streak < BAD_STREAK || since.n < TELLING)
        return false;
    fails = fails > rate(since) ? fails : rate(since);
    return expect_streaks(seats, place, fails) < luck;
}

/* By place; NULL where all are open, the usual case. */
static const bool *find_shut(hone_seats *seats)
{
    if (seats->n_aside + seats->n_suspects == 0)
        return NULL;
    for (uint32_t i = 0; i < seats->n_places; i++)
        seats->shut[i] = seats->places[i].aside || waits(seats, &seats->places[i]);
    return seats->shut;
}

/* ---- to and fro ---- */

/* Takes the i-th of the stack out. */
static uint32_t pull(hone_seats *seats, uint32_t i)
{
    uint32_t slot = seats->free[i];
    seats->n_free--;
    memmove(&seats->free[i], &seats->free[i + 1],
            (seats->n_free - i) * sizeof(*seats->free));
    seats->n_busy++;
    return slot;
}

bool hone_seats_take(hone_seats *seats, uint32_t *slot)
{
    const bool *shut = find_shut(seats);
    bool by_slot = shut != NULL && !has_gpus(seats);
    uint32_t i = seats->n_free;
    while (i > 0 && by_slot && shut[seats->free[i - 1]])
        i--;
    if (i == 0 || (seats->devices != NULL &&
                   !hone_devices_acquire(seats->devices, seats->free[i - 1], shut)))
        return false;
    *slot = pull(seats, i - 1);
    hone_place *place = find_place(seats, *slot);
    if (place != NULL)
        place->n_busy++;
    return true;
}

bool hone_seats_seize(hone_seats *seats, uint32_t *slot)
{
    if (seats->n_free == 0)
        return false;
    *slot = pull(seats, seats->n_free - 1);
    if (!has_gpus(seats))
        seats->places[*slot].n_busy++;
    return true;
}

void hone_seats_claim(hone_seats *seats, uint32_t slot, const char *placement)
{
    if (seats->devices == NULL)
        return;
    hone_devices_claim(seats->devices, slot, placement);
    hone_place *place = has_gpus(seats) ? find_place(seats, slot) : NULL;
    if (place != NULL)
        place->n_busy++;
}

static void note(hone_seats *seats, hone_place *place, hone_seat_news news)
{
    bool bad = news == HONE_SEAT_BADLY;
    if (news == HONE_SEAT_NOTHING)
        return;
    seats->all.n++;
    seats->all.bad += bad;
    if (place == NULL)
        return;
    place->here.n++;
    place->here.bad += bad;
    if (bad && place->streak == 0)
        place->before = elsewhere(seats, place);
    seats->n_suspects += bad && place->streak + 1 == BAD_STREAK;
    seats->n_suspects -= !bad && place->streak >= BAD_STREAK;
    place->streak = bad ? place->streak + 1 : 0;
}

static void put_aside(hone_seats *seats, uint32_t i)
{
    hone_place *place = &seats->places[i];
    hone_seat_count since = meanwhile(seats, place);
    hone_buf name;
    hone_buf_init(&name, 120);
    if (has_gpus(seats))
        hone_devices_name(seats->devices, i, &name);
    else
        hone_buf_printf(&name, "slot %" PRIu32, i);
    place->aside = true;
    seats->n_aside++;
    snprintf(seats->said, sizeof(seats->said),
             "%s failed %" PRIu32 " trials in a row while %" PRIu64 " of %" PRIu64
             " ended well elsewhere; it is set aside",
             hone_buf_text(&name), place->streak, since.n - since.bad, since.n);
    hone_buf_release(&name);
}

bool hone_seats_give(hone_seats *seats, uint32_t slot, hone_seat_news news)
{
    hone_place *place = find_place(seats, slot);
    assert(seats->n_busy > 0);
    if (place != NULL) {
        assert(place->n_busy > 0);
        place->n_busy--;
    }
    seats->n_busy--;
    seats->free[seats->n_free++] = slot;
    note(seats, place, news);
    if (seats->devices != NULL)
        hone_devices_release(seats->devices, slot);
    for (uint32_t i = 0; seats->n_suspects > 0 && i < seats->n_places; i++) {
        if (seats->n_aside + 1 < seats->n_places && is_broken(seats, &seats->places[i])) {
            put_aside(seats, i);
            return true;
        }
    }
    return false;
}
