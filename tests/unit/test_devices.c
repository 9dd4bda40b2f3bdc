/* GPUs and processors: what is found, what is handed out, and what is claimed back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/devices.h"

/* ---- what is found ---- */

typedef struct variable {
    const char *name, *value;
} variable;

static const char *look_up(void *arg, const char *name)
{
    for (const variable *at = arg; at->name != NULL; at++)
        if (strcmp(at->name, name) == 0)
            return at->value;
    return NULL;
}

static hone_gpus find(variable *variables, const char *root)
{
    hone_gpus gpus;
    hone_gpu_world world = {.get_variable = look_up, .arg = variables, .root = root};
    assert_int_equal(hone_gpus_find(&gpus, &world), 0);
    return gpus;
}

/* One list, as it is read: joined by blanks. */
static void test_lists(void **state)
{
    (void)state;
    static const struct {
        const char *list, *read;
    } rows[] = {
        {"0,1,GPU-abc", "0 1 GPU-abc"},
        {"3", "3"},
        {" 2 , 0 ", "2 0"},
        {"MIG-GPU-1/2/3,MIG-GPU-1/2/4", "MIG-GPU-1/2/3 MIG-GPU-1/2/4"},
        {"0,0,1,0", "0 1"},  /* CUDA takes a repeated one for an error */
        {"0,1,-1,2", "0 1"}, /* and reads no further than this */
        {",,1,", "1"},
        {"", ""},
        {"-1", ""},
        {"NoDevFiles", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        variable world[] = {{"CUDA_VISIBLE_DEVICES", rows[i].list}, {NULL, NULL}};
        hone_gpus gpus = find(world, "/nonexistent");
        char read[200] = "";
        for (uint32_t k = 0; k < gpus.n; k++) {
            size_t len = strlen(read);
            snprintf(read + len, sizeof read - len, "%s%s", k > 0 ? " " : "",
                     gpus.variables[0].list[k]);
        }
        assert_string_equal(read, rows[i].read);
        assert_string_equal(gpus.told_by, "CUDA_VISIBLE_DEVICES");
        hone_gpus_release(&gpus);
    }
}

static void test_several_variables(void **state)
{
    (void)state;
    /* As Slurm and container runtimes set them: the same GPUs in several words. */
    variable same[] = {{"ZE_AFFINITY_MASK", "0,1"},
                       {"HIP_VISIBLE_DEVICES", "4,5"},
                       {"CUDA_VISIBLE_DEVICES", "2,3"},
                       {NULL, NULL}};
    hone_gpus gpus = find(same, "/nonexistent");
    assert_int_equal(gpus.n, 2);
    assert_string_equal(gpus.variables[0].name, "CUDA_VISIBLE_DEVICES");
    assert_string_equal(gpus.variables[1].name, "HIP_VISIBLE_DEVICES");
    assert_string_equal(gpus.variables[1].list[1], "5");
    assert_false(gpus.variables[1].relative);
    assert_string_equal(gpus.variables[2].name, "ZE_AFFINITY_MASK");
    assert_null(gpus.variables[3].name);
    hone_gpus_release(&gpus);
    /* HIP counts among what ROCR leaves; a list of another length is left alone. */
    variable amd[] = {{"ROCR_VISIBLE_DEVICES", "2,3"},
                      {"HIP_VISIBLE_DEVICES", "0,1"},
                      {"ZE_AFFINITY_MASK", "0"},
                      {NULL, NULL}};
    gpus = find(amd, "/nonexistent");
    assert_string_equal(gpus.variables[0].name, "ROCR_VISIBLE_DEVICES");
    assert_true(gpus.variables[1].relative);
    assert_null(gpus.variables[2].name);
    hone_gpus_release(&gpus);
}

static void touch(const char *root, const char *path, const char *text)
{
    char whole[300];
    snprintf(whole, sizeof whole, "%s/%s", root, path);
    for (char *at = strchr(whole + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(whole, 0777);
        *at = '/';
    }
    FILE *file = fopen(whole, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void remove_tree(const char *root)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    assert_int_equal(system(command), 0);
}

static void test_machine(void **state)
{
    (void)state;
    variable none[] = {{NULL, NULL}};
    char root[] = "/tmp/hone-gpus-XXXXXX";
    assert_non_null(mkdtemp(root));
    hone_gpus gpus = find(none, root);
    assert_int_equal(gpus.n, 0);
    /* A graphics chip for the screen is nothing to compute on beside an AMD one. */
    touch(root, "dev/dri/renderD128", "");
    touch(root, "dev/dri/renderD129", "");
    touch(root, "dev/dri/card0", "");
    touch(root, "sys/class/drm/renderD128/device/vendor", "0x8086\n");
    touch(root, "sys/class/drm/renderD129/device/vendor", "0x1002\n");
    gpus = find(none, root);
    assert_int_equal(gpus.n, 1);
    assert_string_equal(gpus.variables[0].name, "ZE_AFFINITY_MASK");
    hone_gpus_release(&gpus);
    touch(root, "dev/kfd", "");
    gpus = find(none, root);
    assert_int_equal(gpus.n, 1);
    assert_string_equal(gpus.variables[0].name, "ROCR_VISIBLE_DEVICES");
    hone_gpus_release(&gpus);
    touch(root, "dev/nvidia0", "");
    touch(root, "dev/nvidia3", ""); /* the others are not in this container */
    touch(root, "dev/nvidiactl", "");
    touch(root, "dev/nvidia-uvm", "");
    gpus = find(none, root);
    assert_int_equal(gpus.n, 2);
    assert_string_equal(gpus.variables[0].name, "CUDA_VISIBLE_DEVICES");
    assert_string_equal(gpus.variables[0].list[1], "1");
    hone_gpus_release(&gpus);
    /* A variable that is set has the last word, also where it says none. */
    variable empty[] = {{"CUDA_VISIBLE_DEVICES", ""}, {NULL, NULL}};
    gpus = find(empty, root);
    assert_int_equal(gpus.n, 0);
    hone_gpus_release(&gpus);
    remove_tree(root);
}

/* ---- what is handed out ---- */

typedef struct rig {
    hone_gpus gpus;
    hone_devices devices;
    hone_resources resources;
} rig;

static void open_rig(rig *r, hone_resources resources, const char *list, uint32_t n_cpus,
                     uint32_t concurrency)
{
    static const uint32_t cpus[] = {0, 1, 2, 3, 6, 7, 8, 9};
    variable world[] = {{"CUDA_VISIBLE_DEVICES", list}, {NULL, NULL}};
    r->gpus = find(world, "/nonexistent");
    r->resources = resources;
    hone_devices_options options = {.resources = &r->resources,
                                    .gpus = &r->gpus,
                                    .cpus = cpus,
                                    .n_cpus = n_cpus,
                                    .concurrency = concurrency};
    assert_int_equal(hone_devices_init(&r->devices, &options), 0);
}

static void close_rig(rig *r)
{
    hone_devices_free(&r->devices);
    hone_gpus_release(&r->gpus);
}

/* What a slot has, as its placement; "" for nothing. */
static const char *placement(const rig *r, uint32_t slot, char text[static 200])
{
    hone_buf buf;
    hone_buf_init(&buf, 199);
    bool any = hone_devices_put_placement(&r->devices, slot, &buf);
    assert_int_equal(any, buf.len > 0);
    snprintf(text, 200, "%s", hone_buf_text(&buf));
    hone_buf_release(&buf);
    return text;
}

static void assert_placement(const rig *r, uint32_t slot, const char *expected)
{
    char text[200];
    assert_string_equal(placement(r, slot, text), expected);
}

static void test_whole_gpus(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, (hone_resources){.gpus = 1}, "0,1,GPU-abc", 8, 3);
    for (uint32_t slot = 0; slot < 3; slot++)
        assert_true(hone_devices_acquire(&r.devices, slot + 10, NULL));
    assert_false(hone_devices_acquire(&r.devices, 13, NULL)); /* never one twice */
    assert_placement(&r, 10, "gpus=0");
    assert_placement(&r, 12, "gpus=GPU-abc");
    assert_placement(&r, 13, "");
    hone_devices_release(&r.devices, 11);
    assert_placement(&r, 11, "");
    assert_true(hone_devices_acquire(&r.devices, 13, NULL));
    assert_placement(&r, 13, "gpus=1");
    close_rig(&r);
}

static void test_several_gpus(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, (hone_resources){.gpus = 2}, "0,1,2,3,4", 8, 2);
    assert_int_equal(hone_devices_capacity(&r.resources, &r.gpus), 2);
    assert_int_equal(hone_devices_places(&r.devices), 2);
    assert_true(hone_devices_acquire(&r.devices, 0, NULL));
    assert_true(hone_devices_acquire(&r.devices, 1, NULL));
    assert_false(hone_devices_acquire(&r.devices, 2, NULL));
    assert_placement(&r, 0, "gpus=0,1");
    assert_placement(&r, 1, "gpus=2,3");
    hone_buf name;
    hone_buf_init(&name, 100);
    hone_devices_name(&r.devices, 1, &name);
    assert_string_equal(hone_buf_text(&name), "GPUs 2,3");
    hone_buf_release(&name);
    close_rig(&r);
}

/* As many as fit on one GPU, and none has company while another has room to itself. */
static void test_shared_gpus(void **state)
{
    (void)state;
    static const struct {
        double share;
        uint32_t capacity;
    } rows[] = {{0.5, 4}, {0.3, 6}, {0.34, 4}, {0.1, 20}, {0.01, 200}, {0.99, 2}};
    rig r;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        open_rig(&r, (hone_resources){.gpus = rows[i].share}, "0,1", 8, 1);
        assert_int_equal(hone_devices_capacity(&r.resources, &r.gpus), rows[i].capacity);
        uint32_t on[2] = {0, 0};
        for (uint32_t slot = 0; hone_devices_acquire(&r.devices, slot, NULL); slot++) {
            on[hone_devices_place(&r.devices, slot)]++;
            assert_true(on[0] - on[1] <= 1);
        }
        assert_int_equal(on[0] + on[1], rows[i].capacity);
        close_rig(&r);
    }
    open_rig(&r, (hone_resources){.gpus = 0.5}, "4,GPU-b", 8, 1);
    assert_true(hone_devices_acquire(&r.devices, 0, NULL));
    assert_true(hone_devices_acquire(&r.devices, 1, NULL));
    assert_placement(&r, 0, "share=0.5 gpus=4");
    assert_placement(&r, 1, "share=0.5 gpus=GPU-b");
    close_rig(&r);
}

static void test_shut_places(void **state)
{
    (void)state;
    rig r;
    const bool shut[] = {false, true, false};
    open_rig(&r, (hone_resources){.gpus = 1}, "0,1,2", 8, 3);
    assert_true(hone_devices_acquire(&r.devices, 0, shut));
    assert_true(hone_devices_acquire(&r.devices, 1, shut));
    assert_placement(&r, 1, "gpus=2");
    assert_false(hone_devices_acquire(&r.devices, 2, shut));
    assert_true(hone_devices_acquire(&r.devices, 2, NULL));
    close_rig(&r);
}

static void test_processors(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, (hone_resources){.cpus = 3}, "", 8, 2); /* 0-3, 6-9 */
    assert_int_equal(hone_devices_places(&r.devices), 0);
    assert_true(hone_devices_acquire(&r.devices, 0, NULL));
    assert_true(hone_devices_acquire(&r.devices, 5, NULL));
    assert_placement(&r, 0, "cpus=0-2");
    assert_placement(&r, 5, "cpus=3,6-7");
    /* Scaled up beyond what there are sets for: without one of its own. */
    assert_true(hone_devices_acquire(&r.devices, 6, NULL));
    assert_placement(&r, 6, "");
    hone_devices_release(&r.devices, 0);
    assert_true(hone_devices_acquire(&r.devices, 0, NULL));
    assert_placement(&r, 0, "cpus=0-2");
    close_rig(&r);
    /* Too many trials for sets of their own: nobody has one. */
    open_rig(&r, (hone_resources){.cpus = 3}, "", 8, 3);
    assert_int_equal(r.devices.n_sets, 0);
    assert_true(hone_devices_acquire(&r.devices, 0, NULL));
    assert_placement(&r, 0, "");
    close_rig(&r);
}

/* ---- variables ---- */

static void test_variables(void **state)
{
    (void)state;
    variable world[] = {
        {"ROCR_VISIBLE_DEVICES", "2,3"}, {"HIP_VISIBLE_DEVICES", "0,1"}, {NULL, NULL}};
    hone_gpus gpus = find(world, "/nonexistent");
    hone_resources resources = {.gpus = 1};
    hone_devices devices;
    hone_devices_options options = {.resources = &resources, .gpus = &gpus};
    assert_int_equal(hone_devices_init(&devices, &options), 0);
    assert_true(hone_devices_acquire(&devices, 0, NULL));
    assert_true(hone_devices_acquire(&devices, 1, NULL));
    hone_buf value;
    hone_buf_init(&value, 100);
    assert_true(hone_devices_put_gpus(&devices, 1, &gpus.variables[0], &value));
    assert_string_equal(hone_buf_text(&value), "3");
    hone_buf_reset(&value);
    assert_true(hone_devices_put_gpus(&devices, 1, &gpus.variables[1], &value));
    assert_string_equal(hone_buf_text(&value), "0"); /* the first that it sees */
    assert_false(hone_devices_put_gpus(&devices, 7, &gpus.variables[0], &value));
    hone_buf_release(&value);
    hone_devices_free(&devices);
    hone_gpus_release(&gpus);
}

/* ---- claims ---- */

static void test_claims(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, (hone_resources){.gpus = 1, .cpus = 2}, "0,1,2", 8, 3);
    hone_devices_claim(&r.devices, 7, "gpus=1 cpus=2-3");
    assert_placement(&r, 7, "gpus=1 cpus=2-3");
    assert_int_equal(hone_devices_place(&r.devices, 7), 1);
    assert_true(hone_devices_acquire(&r.devices, 0, NULL));
    assert_true(hone_devices_acquire(&r.devices, 1, NULL));
    assert_placement(&r, 1, "gpus=2 cpus=6-7");
    assert_false(hone_devices_acquire(&r.devices, 2, NULL));
    hone_devices_release(&r.devices, 7);
    assert_true(hone_devices_acquire(&r.devices, 2, NULL));
    assert_placement(&r, 2, "gpus=1 cpus=2-3");
    close_rig(&r);
    /* What is gone, taken or no placement at all does no harm. */
    open_rig(&r, (hone_resources){.gpus = 2, .cpus = 4}, "0,1,2,3", 8, 2);
    static const char *const odd[] = {"",        "gpus=",          "gpus=9,GPU-x",
                                      "cpus=",   "cpus=99-70",     "cpus=5-",
                                      "gpus=,,", "share=x gpus=7", "nonsense"};
    for (uint32_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        hone_devices_claim(&r.devices, i, odd[i]);
        assert_placement(&r, i, "");
    }
    /* Placed when one GPU was enough: the pair that it is in is taken. */
    hone_devices_claim(&r.devices, 20, "gpus=3 cpus=9");
    hone_devices_claim(&r.devices, 21, "gpus=2,3 cpus=6-9");
    assert_placement(&r, 20, "gpus=2,3 cpus=6-9");
    assert_placement(&r, 21, "");
    /* On both pairs: on no place in particular. */
    hone_devices_release(&r.devices, 20);
    hone_devices_claim(&r.devices, 22, "gpus=1,2");
    assert_int_equal(hone_devices_place(&r.devices, 22), HONE_NO_PLACE);
    assert_false(hone_devices_acquire(&r.devices, 0, NULL));
    close_rig(&r);
}

static void test_shared_claims(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, (hone_resources){.gpus = 0.25}, "0,1", 8, 8);
    hone_devices_claim(&r.devices, 50, "share=0.5 gpus=0"); /* two of four shares */
    hone_devices_claim(&r.devices, 51, "gpus=1");           /* all of it */
    uint32_t n = 0;
    while (hone_devices_acquire(&r.devices, n, NULL)) {
        assert_int_equal(hone_devices_place(&r.devices, n), 0);
        n++;
    }
    assert_int_equal(n, 2);
    hone_devices_release(&r.devices, 51);
    while (hone_devices_acquire(&r.devices, n, NULL))
        n++;
    assert_int_equal(n, 6);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),         cmocka_unit_test(test_several_variables),
        cmocka_unit_test(test_machine),       cmocka_unit_test(test_whole_gpus),
        cmocka_unit_test(test_several_gpus),  cmocka_unit_test(test_shared_gpus),
        cmocka_unit_test(test_shut_places),   cmocka_unit_test(test_processors),
        cmocka_unit_test(test_variables),     cmocka_unit_test(test_claims),
        cmocka_unit_test(test_shared_claims),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
