/* Seats that break what is put on them, the reactor that avoids them, and the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/disk.h"
#include "engine/reactor.h"

/* ---- seats ---- */

/* Takes this slot: puts it on top of the stack first. */
static uint32_t take_slot(hone_seats *seats, uint32_t wanted)
{
    uint32_t slot, *top = &seats->free[seats->n_free - 1];
    for (uint32_t i = 0; i < seats->n_free; i++)
        if (seats->free[i] == wanted) {
            seats->free[i] = *top;
            *top = wanted;
        }
    assert_true(hone_seats_take(seats, &slot));
    assert_int_equal(slot, wanted);
    return slot;
}

static bool put_on(hone_seats *seats, uint32_t slot, hone_seat_news news)
{
    return hone_seats_give(seats, take_slot(seats, slot), news);
}

static void test_order(void **state)
{
    (void)state;
    hone_seats seats;
    uint32_t slot;
    assert_int_equal(hone_seats_init(&seats, 3, NULL), 0);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(hone_seats_take(&seats, &slot));
        assert_int_equal(slot, i);
    }
    assert_false(hone_seats_take(&seats, &slot));
    assert_false(hone_seats_seize(&seats, &slot));
    hone_seats_give(&seats, 1, HONE_SEAT_WELL);
    assert_true(hone_seats_take(&seats, &slot));
    assert_int_equal(slot, 1);
    hone_seats_release(&seats);
}

/* Three in a row, while others succeed elsewhere. */
static void test_bad_slot(void **state)
{
    (void)state;
    hone_seats seats;
    uint32_t slot;
    assert_int_equal(hone_seats_init(&seats, 4, NULL), 0);
    assert_false(put_on(&seats, 2, HONE_SEAT_BADLY));
    assert_false(put_on(&seats, 0, HONE_SEAT_WELL));
    assert_false(put_on(&seats, 2, HONE_SEAT_BADLY));
    assert_false(put_on(&seats, 1, HONE_SEAT_WELL));
    assert_false(put_on(&seats, 3, HONE_SEAT_WELL));
    assert_true(put_on(&seats, 2, HONE_SEAT_BADLY));
    assert_string_equal(seats.said, "slot 2 failed 3 trials in a row while 3 of 3 ended "
                                    "well elsewhere; it is set aside");
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(hone_seats_take(&seats, &slot));
        assert_int_not_equal(slot, 2);
    }
    assert_false(hone_seats_take(&seats, &slot));
    hone_seats_release(&seats);
}

/* A success between, or trials that fail elsewhere as well: no fault of the slot. */
static void test_no_fault_of_the_slot(void **state)
{
    (void)state;
    hone_seats seats;
    assert_int_equal(hone_seats_init(&seats, 2, NULL), 0);
    for (int i = 0; i < 20; i++) {
        assert_false(put_on(&seats, 0, HONE_SEAT_WELL));
        assert_false(put_on(&seats, 1, i % 3 == 2 ? HONE_SEAT_WELL : HONE_SEAT_BADLY));
    }
    hone_seats_release(&seats);
    assert_int_equal(hone_seats_init(&seats, 2, NULL), 0);
    for (int i = 0; i < 200; i++) {
        assert_false(put_on(&seats, 0, HONE_SEAT_BADLY));
        assert_false(put_on(&seats, 1, HONE_SEAT_BADLY));
    }
    assert_int_equal(seats.n_aside, 0);
    hone_seats_release(&seats);
}

/* Where every second trial fails anywhere, long streaks are needed, and come by chance
 * seldom enough; where one slot fails them all it is found nevertheless. */
static void test_failing_sweep(void **state)
{
    (void)state;
    hone_seats seats;
    uint64_t random = 88172645463325252u;
    for (int bad = 0; bad < 2; bad++) {
        assert_int_equal(hone_seats_init(&seats, 4, NULL), 0);
        for (int i = 0; i < 400; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            uint32_t slot = (uint32_t)i % 4;
            bool fails = (random >> 30) % 2 == 0 || (bad && slot == 3);
            if (!seats.places[slot].aside)
                put_on(&seats, slot, fails ? HONE_SEAT_BADLY : HONE_SEAT_WELL);
        }
        assert_int_equal(seats.n_aside, bad);
        assert_int_equal(seats.places[3].aside, bad);
        assert_true(seats.places[3].here.n < (bad ? 40 : 200));
        hone_seats_release(&seats);
    }
}

/* It worked for long and then broke. */
static void test_breaks_late(void **state)
{
    (void)state;
    hone_seats seats;
    assert_int_equal(hone_seats_init(&seats, 2, NULL), 0);
    for (int i = 0; i < 300; i++) {
        put_on(&seats, 0, HONE_SEAT_WELL);
        put_on(&seats, 1, HONE_SEAT_WELL);
    }
    int n = 0;
    for (; seats.n_aside == 0; n++) {
        put_on(&seats, 1, HONE_SEAT_BADLY);
        put_on(&seats, 0, HONE_SEAT_WELL);
    }
    assert_true(n >= 3 && n <= 20);
    hone_seats_release(&seats);
}

/* As long as the others run, and nothing is known of them, it burns three trials only. */
static void test_black_hole(void **state)
{
    (void)state;
    hone_seats seats;
    uint32_t slot, others[2];
    assert_int_equal(hone_seats_init(&seats, 3, NULL), 0);
    assert_true(hone_seats_take(&seats, &slot)); /* 0 */
    assert_true(hone_seats_take(&seats, &others[0]));
    assert_true(hone_seats_take(&seats, &others[1]));
    for (int i = 0; i < 3; i++) {
        assert_false(hone_seats_give(&seats, 0, HONE_SEAT_BADLY));
        assert_int_equal(hone_seats_take(&seats, &slot), i < 2);
    }
    /* The others go on among themselves until it is clear. */
    int n = 0;
    bool aside;
    do {
        aside = hone_seats_give(&seats, others[0], HONE_SEAT_WELL);
        assert_true(hone_seats_take(&seats, &slot));
        assert_int_equal(slot, others[0]);
        n++;
    } while (!aside);
    assert_int_equal(n, 3);
    hone_seats_release(&seats);
    /* Alone it waits for nobody. */
    assert_int_equal(hone_seats_init(&seats, 1, NULL), 0);
    for (int i = 0; i < 50; i++)
        assert_false(put_on(&seats, 0, HONE_SEAT_BADLY));
    hone_seats_release(&seats);
}

/* A failure elsewhere frees it again. */
static void test_wait_ends(void **state)
{
    (void)state;
    hone_seats seats;
    uint32_t slot, other;
    assert_int_equal(hone_seats_init(&seats, 2, NULL), 0);
    assert_true(hone_seats_take(&seats, &slot));
    assert_true(hone_seats_take(&seats, &other));
    for (int i = 0; i < 3; i++) {
        assert_false(hone_seats_give(&seats, slot, HONE_SEAT_BADLY));
        (void)hone_seats_take(&seats, &slot);
    }
    assert_int_equal(seats.n_free, 1);
    assert_false(hone_seats_give(&seats, other, HONE_SEAT_BADLY));
    assert_true(hone_seats_take(&seats, &slot));
    assert_true(hone_seats_take(&seats, &other));
    hone_seats_release(&seats);
}

static void test_last_place_stays(void **state)
{
    (void)state;
    hone_seats seats;
    uint32_t slot;
    assert_int_equal(hone_seats_init(&seats, 2, NULL), 0);
    for (int i = 0; i < 5; i++)
        put_on(&seats, 0, HONE_SEAT_WELL);
    for (int i = 0; i < 3; i++)
        put_on(&seats, 1, HONE_SEAT_BADLY);
    for (int i = 0; i < 10 && !seats.places[1].aside; i++)
        put_on(&seats, 0, HONE_SEAT_WELL);
    assert_true(seats.places[1].aside);
    for (int i = 0; i < 50; i++) {
        assert_true(hone_seats_take(&seats, &slot));
        assert_int_equal(slot, 0);
        assert_false(hone_seats_give(&seats, slot, HONE_SEAT_BADLY));
    }
    hone_seats_release(&seats);
}

/* ---- with GPUs ---- */

static const char *const gpu_names[] = {"0", "1", "GPU-c"};
static const hone_gpus three_gpus = {
    .n = 3, .variables = {{.name = "CUDA_VISIBLE_DEVICES", .list = gpu_names}}};

static hone_devices share_out(double gpus)
{
    hone_devices devices;
    hone_resources resources = {.gpus = gpus};
    hone_devices_options options = {.resources = &resources, .gpus = &three_gpus};
    assert_int_equal(hone_devices_init(&devices, &options), 0);
    return devices;
}

/* The GPU is to blame, on whichever slot the trial was. */
static void test_bad_gpu(void **state)
{
    (void)state;
    hone_seats seats;
    uint32_t slots[3];
    bool aside = false;
    hone_devices devices = share_out(1);
    assert_int_equal(hone_seats_init(&seats, 5, &devices), 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++)
            assert_true(hone_seats_take(&seats, &slots[i]));
        for (int i = 0; i < 3; i++) {
            bool bad = hone_devices_place(&devices, slots[i]) == 2;
            aside |=
                hone_seats_give(&seats, slots[i], bad ? HONE_SEAT_BADLY : HONE_SEAT_WELL);
        }
    }
    assert_true(aside);
    assert_non_null(strstr(seats.said, "GPU GPU-c failed 3 trials in a row"));
    assert_true(hone_seats_take(&seats, &slots[0]));
    assert_true(hone_seats_take(&seats, &slots[1]));
    assert_false(hone_seats_take(&seats, &slots[2]));
    assert_int_not_equal(hone_devices_place(&devices, slots[0]), 2);
    assert_int_not_equal(hone_devices_place(&devices, slots[1]), 2);
    hone_seats_release(&seats);
    hone_devices_free(&devices);
}

static void test_taken_over_gpu(void **state)
{
    (void)state;
    hone_seats seats;
    uint32_t old, slot;
    hone_devices devices = share_out(0.5);
    assert_int_equal(hone_seats_init(&seats, 8, &devices), 0);
    assert_true(hone_seats_seize(&seats, &old));
    hone_seats_claim(&seats, old, "gpus=1");
    for (int i = 0; i < 4; i++) {
        assert_true(hone_seats_take(&seats, &slot));
        assert_int_not_equal(hone_devices_place(&devices, slot), 1);
    }
    assert_false(hone_seats_take(&seats, &slot));
    assert_false(hone_seats_give(&seats, old, HONE_SEAT_WELL));
    assert_true(hone_seats_take(&seats, &slot));
    assert_int_equal(hone_devices_place(&devices, slot), 1);
    hone_seats_release(&seats);
    hone_devices_free(&devices);
}

/* ---- in the reactor ---- */

typedef struct sweep {
    hone_reactor reactor;
    hone_actions actions;
    uint64_t recording[64], running[64]; /* by slot: running */
    uint32_t n_recording;
    uint64_t n_on[64]; /* trials by slot */
    char said[300];
    bool asked, finished;
} sweep;

static void obey(sweep *s)
{
    for (uint32_t i = 0; i < s->actions.n; i++) {
        const hone_action *action = &s->actions.items[i];
        s->asked |= action->kind == HONE_ACTION_ASK;
        s->finished |= action->kind == HONE_ACTION_FINISH;
        if (action->kind == HONE_ACTION_SAY)
            snprintf(s->said, sizeof(s->said), "%s", action->text);
        if (action->kind == HONE_ACTION_RECORD)
            s->recording[s->n_recording++] = action->number;
        if (action->kind == HONE_ACTION_START) {
            assert_int_equal(s->running[action->run->slot], 0);
            s->running[action->run->slot] = action->number;
            s->n_on[action->run->slot]++;
        }
    }
}

static void tell(sweep *s, hone_event event)
{
    static const hone_config config = {0};
    event.config = &config;
    s->actions.n = 0;
    hone_reactor_step(&s->reactor, &event, &s->actions);
    obey(s);
}

static void begin_sweep(sweep *s, const hone_spec *spec, uint32_t concurrency,
                        hone_devices *devices)
{
    memset(s, 0, sizeof *s);
    hone_reactor_options options = {.spec = spec,
                                    .concurrency = concurrency,
                                    .n_slots = concurrency,
                                    .planned = 40,
                                    .devices = devices};
    assert_int_equal(hone_reactor_init(&s->reactor, &options), HONE_OK);
    hone_reactor_begin(&s->reactor, &s->actions);
    obey(s);
}

/* All that the disk and the strategy have to do. */
static void settle_all(sweep *s)
{
    while (s->asked || s->n_recording > 0) {
        if (s->asked) {
            s->asked = false;
            tell(s, (hone_event){.kind = HONE_EVENT_SUGGESTED});
        } else {
            uint64_t number = s->recording[0];
            memmove(s->recording, s->recording + 1, sizeof s->recording - 8);
            s->n_recording--;
            tell(s, (hone_event){.kind = HONE_EVENT_RECORDED, .number = number});
        }
    }
}

static void end_slot(sweep *s, uint32_t slot, hone_reason reason)
{
    uint64_t number = s->running[slot];
    hone_exit exit = {.trial = number,
                      .reason = reason,
                      .exit_code = reason == HONE_REASON_EXIT ? 1 : 0};
    assert_int_not_equal(number, 0);
    s->running[slot] = 0;
    tell(s, (hone_event){.kind = HONE_EVENT_ENDED, .number = number, .exit = &exit});
    tell(s, (hone_event){.kind = HONE_EVENT_SETTLED, .number = number});
}

static const hone_space no_params = {0};
static const hone_spec any_failures = {
    .space = &no_params, .stop = {.failures = 1000, .failures_given = true}};

static void end_sweep(sweep *s)
{
    hone_actions_release(&s->actions);
    hone_reactor_release(&s->reactor);
}

static void test_reactor_avoids(void **state)
{
    (void)state;
    static sweep s;
    begin_sweep(&s, &any_failures, 3, NULL);
    while (!s.finished) {
        settle_all(&s);
        for (uint32_t slot = 0; slot < 3; slot++) {
            if (s.running[slot] != 0)
                end_slot(&s, slot, slot == 1 ? HONE_REASON_EXIT : HONE_REASON_NONE);
            settle_all(&s);
        }
    }
    assert_int_equal(s.n_on[1], 3);
    assert_int_equal(s.n_on[0] + s.n_on[2], 37);
    assert_int_equal(s.reactor.counts[HONE_STATUS_FAILED], 3);
    assert_non_null(strstr(s.said, "slot 1 failed 3 trials in a row"));
    end_sweep(&s);
}

/* Running out of memory or lacking the metric is the trial's own fault. */
static void test_own_faults(void **state)
{
    (void)state;
    static sweep s;
    static const hone_reason own[] = {HONE_REASON_OUT_OF_MEMORY, HONE_REASON_INTERRUPTED};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        begin_sweep(&s, &any_failures, 2, NULL);
        for (int n = 0; n < 12; n++) {
            settle_all(&s);
            end_slot(&s, 0, HONE_REASON_NONE);
            settle_all(&s);
            end_slot(&s, 1, own[i]);
        }
        assert_int_equal(s.reactor.seats.n_aside, 0);
        bool again = own[i] == HONE_REASON_INTERRUPTED; /* counts as not run */
        assert_int_equal(s.reactor.counts[HONE_STATUS_FAILED], again ? 0 : 12);
        end_sweep(&s);
    }
}

/* More slots than GPUs: as many run as there are GPUs for. */
static void test_fewer_gpus(void **state)
{
    (void)state;
    static sweep s;
    hone_devices devices = share_out(1);
    begin_sweep(&s, &any_failures, 8, &devices);
    settle_all(&s);
    assert_int_equal(s.reactor.n_busy, 3);
    end_slot(&s, 0, HONE_REASON_NONE);
    settle_all(&s);
    assert_int_equal(s.reactor.n_busy, 3);
    end_sweep(&s);
    hone_devices_free(&devices);
}

static void test_hold(void **state)
{
    (void)state;
    static sweep s;
    begin_sweep(&s, &any_failures, 2, NULL);
    settle_all(&s);
    assert_int_equal(s.reactor.n_busy, 2);
    tell(&s, (hone_event){.kind = HONE_EVENT_HOLD, .text = "full"});
    assert_string_equal(s.said, "full");
    end_slot(&s, 0, HONE_REASON_NONE);
    end_slot(&s, 1, HONE_REASON_NONE);
    settle_all(&s);
    assert_int_equal(s.reactor.n_busy, 0);
    assert_false(s.finished);
    tell(&s, (hone_event){.kind = HONE_EVENT_RELEASE, .text = "space"});
    settle_all(&s);
    assert_string_equal(s.said, "space");
    assert_int_equal(s.reactor.n_busy, 2);
    /* The user's Ctrl-C ends a sweep that is held. */
    tell(&s, (hone_event){.kind = HONE_EVENT_HOLD, .text = "full"});
    end_slot(&s, 0, HONE_REASON_NONE);
    end_slot(&s, 1, HONE_REASON_NONE);
    tell(&s, (hone_event){.kind = HONE_EVENT_INTERRUPT});
    assert_true(s.finished);
    end_sweep(&s);
}

/* ---- the disk ---- */

enum { MIB = 1024 * 1024 };

static hone_disk_news look(hone_disk *disk, uint64_t size, uint64_t free_bytes)
{
    hone_disk_room room = {.size = size, .free = free_bytes};
    return hone_disk_look(disk, &room, 0);
}

static void test_disk(void **state)
{
    (void)state;
    const uint64_t large = UINT64_C(1) << 40;
    hone_disk disk = {.low = false};
    assert_int_equal(look(&disk, large, 65 * MIB), HONE_DISK_SAME);
    assert_int_equal(look(&disk, large, 63 * MIB), HONE_DISK_LOW);
    assert_string_equal(disk.said, "the disk of the store has 63.0 MiB left, under 64.0; "
                                   "no more trials are started until there is space");
    assert_int_equal(look(&disk, large, 1 * MIB), HONE_DISK_SAME);
    assert_int_equal(look(&disk, large, 70 * MIB), HONE_DISK_SAME); /* not to and fro */
    assert_int_equal(look(&disk, large, 80 * MIB), HONE_DISK_BACK);
    assert_int_equal(look(&disk, large, 79 * MIB), HONE_DISK_SAME);
    /* A small file system has a smaller reserve. */
    assert_int_equal(look(&disk, 100 * MIB, 6 * MIB), HONE_DISK_SAME);
    assert_int_equal(look(&disk, 100 * MIB, 4 * MIB), HONE_DISK_LOW);
    assert_int_equal(look(&disk, 100 * MIB, 7 * MIB), HONE_DISK_BACK);
}

static void test_disk_files(void **state)
{
    (void)state;
    hone_disk disk = {.low = false};
    hone_disk_room room = {
        .size = 1 << 30, .free = 1 << 29, .n_files = 1000, .n_files_free = 3};
    assert_int_equal(hone_disk_look(&disk, &room, 0), HONE_DISK_LOW);
    assert_non_null(strstr(disk.said, "room for 3 more files"));
    room.n_files_free = 500;
    assert_int_equal(hone_disk_look(&disk, &room, 0), HONE_DISK_BACK);
    room.n_files = room.n_files_free = 0; /* not counted */
    assert_int_equal(hone_disk_look(&disk, &room, 0), HONE_DISK_SAME);
}

/* A quota does not show in the free space: only a written record tells. */
static void test_disk_refuses(void **state)
{
    (void)state;
    hone_disk disk = {.low = false};
    hone_disk_room room = {.size = 1 << 30, .free = 1 << 29};
    assert_int_equal(hone_disk_refuse(&disk, 7), HONE_DISK_LOW);
    assert_int_equal(hone_disk_refuse(&disk, 7), HONE_DISK_SAME);
    assert_int_equal(hone_disk_look(&disk, &room, 7), HONE_DISK_SAME);
    assert_int_equal(hone_disk_look(&disk, &room, 8), HONE_DISK_BACK);
    assert_false(disk.refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_bad_slot),
        cmocka_unit_test(test_no_fault_of_the_slot),
        cmocka_unit_test(test_failing_sweep),
        cmocka_unit_test(test_breaks_late),
        cmocka_unit_test(test_black_hole),
        cmocka_unit_test(test_wait_ends),
        cmocka_unit_test(test_last_place_stays),
        cmocka_unit_test(test_bad_gpu),
        cmocka_unit_test(test_taken_over_gpu),
        cmocka_unit_test(test_reactor_avoids),
        cmocka_unit_test(test_own_faults),
        cmocka_unit_test(test_fewer_gpus),
        cmocka_unit_test(test_hold),
        cmocka_unit_test(test_disk),
        cmocka_unit_test(test_disk_files),
        cmocka_unit_test(test_disk_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
