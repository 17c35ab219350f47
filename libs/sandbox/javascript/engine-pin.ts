/** The engine's file, by its SHA-256: other bytes would be another runtime under this one's name. */
export const ENGINE_SHA256 = '105c3bed22d457e43e3d1c3c1c6959fda62a8fe06f0fc8a985303c3a2be72232';
