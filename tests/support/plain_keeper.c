/* A keeper without sanitizers, for tests that have a thousand of them. */
#include <hone/executor.h>

int main(int argc, char **argv)
{
    return hone_keeper_main(argc, argv);
}
