#include "engine/disk.h"

#include <stdio.h>

enum { RESERVE = 64 * 1024 * 1024, PARTS = 20, FILES = 64 };

static const double mib = 1024 * 1024;

static uint64_t reserve_of(const hone_disk_room *room)
{
    uint64_t part = room->size / PARTS;
    return part < RESERVE ? part : RESERVE;
}

static hone_disk_news tell_low(hone_disk *state, const char *what)
{
    state->low = true;
    snprintf(state->said, sizeof(state->said),
             "%s; no more trials are started until there is space", what);
    return HONE_DISK_LOW;
}

static hone_disk_news begin_low(hone_disk *state, const hone_disk_room *room,
                                uint64_t reserve)
{
    char what[100];
    if (room->free < reserve)
        snprintf(what, sizeof(what),
                 "the disk of the store has %.1f MiB left, under %.1f",
                 (double)room->free / mib, (double)reserve / mib);
    else
        snprintf(what, sizeof(what), "the disk of the store has room for %u more files",
                 (unsigned)room->n_files_free);
    return tell_low(state, what);
}

hone_disk_news hone_disk_look(hone_disk *state, const hone_disk_room *room,
                              uint64_t committed)
{
    uint64_t reserve = reserve_of(room);
    uint64_t wanted = state->low ? reserve + reserve / 4 : reserve;
    bool few_files = room->n_files > 0 && room->n_files_free < FILES;
    bool enough = room->free >= wanted && !few_files;
    if (!state->low)
        return enough ? HONE_DISK_SAME : begin_low(state, room, reserve);
    if (!enough || (state->refused && committed <= state->refused_at))
        return HONE_DISK_SAME;
    state->low = state->refused = false;
    snprintf(state->said, sizeof(state->said),
             "there is space on the disk again: trials are started");
    return HONE_DISK_BACK;
}

hone_disk_news hone_disk_refuse(hone_disk *state, uint64_t committed)
{
    bool was_low = state->low;
    state->refused = true;
    state->refused_at = committed;
    return was_low ? HONE_DISK_SAME : tell_low(state, "the disk of the store is full");
}
