#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// For what must hold: says what does not, with errno, and ends the program.
#define CHECK(holds)                                                                                     \
    do {                                                                                                 \
        if (!(holds)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #holds, strerror(errno));             \
            exit(1);                                                                                     \
        }                                                                                                \
    } while (0)

void check_files(void);
void check_sockets(void);
void check_compression(void);
void check_launches(void);
