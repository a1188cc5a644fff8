/* version - of the program. */
#ifndef CATENA_CONFIG_VERSION_H
#define CATENA_CONFIG_VERSION_H

#define CATENA_VERSION "0.1.0"

#endif
