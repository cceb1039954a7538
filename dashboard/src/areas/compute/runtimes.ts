/** The runtime whose containers are machines of their own: the one that anybody may ask for. */
export const ISOLATED = 'clear';
