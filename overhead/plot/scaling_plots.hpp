#pragma once

#include "overhead/plot/plots.hpp"

namespace hopcost::overhead {

/// `scaling_STACK_MODE_over_workers` (or `replicas`; where several of them differ in what is fixed,
/// or in the backends, that too): throughput with intervals beside the backend alone, what
/// proportion would give, and the Universal Scalability Law where it is fitted; and efficiency.
void put_scaling(Pictures& out, const ReadStudy& study);

}  // namespace hopcost::overhead
