/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a kind of stage can be told in a pipeline file: a table of parameters, each a field of the
 * kind's conf struct. The parser fills the struct by the table, so a kind writes no parser, and
 * what is wrong in the file is said with file, line and key before anything runs.
 *
 *      static const struct lwkt_param rx_params[] = {
 *              {.pa_name = "ethdev", .pa_type = LWKT_PARAM_ETHDEV, .pa_required = true,
 *                  LWKT_PARAM_FIELD(struct lwkt_ethdev_conf, ec_ethdev),
 *                  .pa_help = "the ethdev to poll"},
 *              ...
 *              {.pa_name = NULL},
 *      };
 */
#ifndef LWKT_PARAM_H
#define LWKT_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rte_ether_addr;

#ifdef __cplusplus
extern "C" {
#endif

/** What a parameter is, and what its field in the conf struct is. */
enum lwkt_param_type {
	/**
	 * Whole number; an unsigned field of 1, 2, 4 or 8 bytes. With pa_words: or one of these
	 * words, which stand for the largest number of the field, the one below it, and so on.
	 */
	LWKT_PARAM_UINT,
	LWKT_PARAM_BOOL,   /**< yes/no, true/false, on/off; bool */
	LWKT_PARAM_ENUM,   /**< one of pa_words; an unsigned field, the word's index */
	LWKT_PARAM_STRING, /**< text; char[pa_bytes], its end included */
	LWKT_PARAM_MAC,    /**< aa:bb:cc:dd:ee:ff; struct rte_ether_addr */
	LWKT_PARAM_LIST,   /**< list of whole numbers; an array of pa_bytes / pa_item_bytes */
	/** An entry of the file's `ethdevs`, by name; uint16_t, its DPDK port id. */
	LWKT_PARAM_ETHDEV,
	/**
	 * UINT: a queue, of the ethdev that the table's ETHDEV says, which this stage polls, or
	 * sends to. One stage only may poll a queue, and one CPU only send to one.
	 */
	LWKT_PARAM_RX_QUEUE,
	LWKT_PARAM_TX_QUEUE,
	LWKT_PARAM_NESTED, /**< the parser's own: a list or mapping that it reads elsewhere */
};

#define LWKT_PARAM_MOST    32 /**< rows of a table */
#define LWKT_PARAM_ETHDEVS 4  /**< of these: of type ETHDEV */

/** One parameter. A table of them ends with pa_name NULL. */
struct lwkt_param {
	const char *pa_name; /**< snake_case; the key in the file */
	enum lwkt_param_type pa_type;
	size_t pa_offset;            /**< of the field in the conf struct */
	size_t pa_bytes;             /**< of the field */
	size_t pa_item_bytes;        /**< LIST: of an item, 1, 2, 4 or 8 */
	size_t pa_count_offset;      /**< LIST: of an unsigned int that gets the number of items */
	uint64_t pa_min, pa_max;     /**< UINT, and the items of a LIST: range, both included */
	uint64_t pa_default;         /**< UINT, BOOL, ENUM: the value where the file has none */
	const char *pa_text;         /**< STRING: the default; NULL: "" */
	const char *const *pa_words; /**< ENUM: the words, NULL at the end */
	bool pa_required;            /**< the file must say it */
	const char *pa_help;         /**< a few words with the unit, for --help and errors */
};

/**
 * pa_offset and pa_bytes of a field.
 *
 * @param type   the conf struct.
 * @param field  its member.
 * Context: an initialiser. Ordering: none. Source: ours.
 */
#define LWKT_PARAM_FIELD(type, field) \
	.pa_offset = offsetof(type, field), .pa_bytes = sizeof(((type *)0)->field)

/**
 * What a stage can be told about the pipeline around it, for parameters that speak of it
 * (lwkt_stage_kind's sk_complete).
 */
struct lwkt_param_view {
	unsigned int pv_nethdevs;            /**< entries of the file's `ethdevs` */
	const uint16_t *pv_ethdev;           /**< their DPDK port ids, in the file's order */
	const struct rte_ether_addr *pv_mac; /**< their MAC addresses */
	unsigned int pv_nouts;               /**< outputs of the stage */
	/**
	 * By output: the index in pv_ethdev of the only ethdev that packets leave by which take
	 * this output; or LWKT_VIEW_NONE, LWKT_VIEW_MANY.
	 */
	unsigned int pv_leads_to[32];
};

#define LWKT_VIEW_NONE UINT32_MAX
#define LWKT_VIEW_MANY (UINT32_MAX - 1)

#ifdef __cplusplus
}
#endif

#endif /* LWKT_PARAM_H */
